"""Which settings are compared, and what is said of those that cannot be."""

from pathlib import Path

import pytest

from pipeline.settings.config import ConfigError
from pipeline.tools.compare.candidates import ARCHITECTURES, load_candidates, parse_seeds
from trainer.settings.hyperparameters import Hyperparameters


def test_a_name_of_an_architecture_is_the_defaults_with_it() -> None:
    assert {"compact", "seed", "shared"} <= set(ARCHITECTURES)
    for candidate, name in zip(load_candidates(ARCHITECTURES), ARCHITECTURES, strict=True):
        assert candidate.name == name
        assert candidate.settings == Hyperparameters(architecture=name)


def test_a_file_is_fields_of_the_trainer_and_overrides_go_over_all(tmp_path: Path) -> None:
    path = tmp_path / "fast.v2.yaml"
    path.write_text(
        "architecture: shared\nepochs: 7\nlearning_rate: 1.0e-05\naugmentation: {cutout: 0.5}\n"
    )
    tuned, seed = load_candidates(
        [str(path), "seed"], ["trainer.epochs=3", "trainer.augmentation.zoom=0.25"]
    )
    assert (tuned.name, seed.name) == ("fast.v2", "seed")
    expected = {"architecture": "shared", "epochs": 3, "learning_rate": 1e-5}
    assert {key: getattr(tuned.settings, key) for key in expected} == expected
    assert (tuned.settings.augmentation.cutout, tuned.settings.augmentation.zoom) == (0.5, 0.25)
    assert (seed.settings.epochs, seed.settings.augmentation.zoom) == (3, 0.25)
    assert seed.with_seed(9).seed == 9 and seed.with_seed(9).epochs == 3


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "plain.yaml").touch()
    (candidate,) = load_candidates([str(tmp_path / "plain.yaml")])
    assert candidate.settings == Hyperparameters()


def test_the_settings_of_a_pipeline_give_those_of_their_trainer(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("splits: {train: 1}\ntrainer: {epochs: 7}\n")
    assert load_candidates([str(path)])[0].settings == Hyperparameters(epochs=7)


def test_settings_beside_those_of_the_trainer_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("epochs: 3\ntrainr: {}\ntrainer: {epochs: 7}\n")
    with pytest.raises(ConfigError) as error:
        load_candidates([str(path)])
    assert str(error.value).splitlines() == [
        f"{path}: epochs: there is no such setting",
        f"{path}: trainr: there is no such setting",
    ]
    path.write_text("trainer:\n")
    assert load_candidates([str(path)])[0].settings == Hyperparameters()
    path.write_text("trainer: 3\n")
    with pytest.raises(ConfigError, match="trainer: expected settings by name; found 3"):
        load_candidates([str(path)])


def test_a_warm_start_is_a_mistake() -> None:
    with pytest.raises(ConfigError) as error:
        load_candidates(["compact"], ["trainer.warm_start=latest"])
    assert str(error.value) == (
        "compact: warm_start: expected none, so that all trainings start alike; found 'latest'"
    )


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("epochs: 0\nlayers: 3\n")
    other = tmp_path / "seeded.yaml"
    other.write_text("seed: 4\n")
    with pytest.raises(ConfigError) as error:
        load_candidates([str(path), "giant", str(other), "compact", "compact"])
    assert str(error.value).splitlines() == [
        f"{path}: epochs: Input should be greater than or equal to 1; found 0",
        f"{path}: layers: there is no such setting",
        "giant: expected compact, seed, shared, pretrained, or a YAML file with fields of trainer; "
        "there is no such file",
        f"{other}: seed: expected no seed in a config; set seeds with --seeds, such as 1,2,3",
        "compact: expected a name of its own for each config; found it 2 times",
    ]


def test_files_of_one_name_in_two_folders_are_a_mistake(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.yaml").write_text("epochs: 2")
    with pytest.raises(ConfigError, match=r"^one: expected a name of its own .* found it 2 times$"):
        load_candidates([str(tmp_path / "a" / "one.yaml"), str(tmp_path / "b" / "one.yaml")])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- 1\n", "expected settings by name; found a list"),
        ("a: [", "expected YAML; "),
        ("augmentation: {method: rain}\n", "augmentation.method: Input should be "),
    ],
)
def test_a_file_of_something_else_is_a_mistake(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_candidates([str(path)])
    assert str(error.value).startswith(f"{path}: {problem}")


def test_a_name_that_is_no_folder_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "a b.yaml"
    path.touch()
    with pytest.raises(ConfigError, match=r"up to 64 letters, digits, `_`, `-` and `\.`; found 'a"):
        load_candidates([str(path)])


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("epochs=3", "expected trainer.KEY=VALUE, such as trainer.epochs=3"),
        ("trainer.epochs", "expected trainer.KEY=VALUE, such as trainer.epochs=3"),
        ("splits.eval=3", "expected trainer.KEY=VALUE, such as trainer.epochs=3"),
        ("trainer.architecture=seed", "expected architectures as CONFIG arguments, one row each"),
        ("trainer.seed=3", "expected the seeds in --seeds, such as 1,2,3"),
    ],
)
def test_only_settings_of_the_trainer_are_set(override: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_candidates(["compact", "seed"], [override])
    # Once, not for each config.
    assert str(error.value) == f"--set {override}: {problem}"


def test_seeds_are_numbers_with_commas() -> None:
    assert parse_seeds("3, 1,4294967295") == (3, 1, 2**32 - 1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1,x", "Input should be a valid integer"),
        ("", "Input should be a valid integer"),
        ("-1", "Input should be greater than or equal to 0"),
        ("4294967296", "Input should be less than 4294967296"),
        ("1,2,1", "expected each seed once, such as 1,2,3"),
    ],
)
def test_other_seeds_are_a_mistake(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_seeds(text)
    assert str(error.value).startswith(f"--seeds {text}: {problem}")
