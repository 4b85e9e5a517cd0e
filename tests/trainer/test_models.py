import keras
import numpy as np
import pytest

from trainer import features, models


def test_seed_is_the_tutorials_network_to_the_last_parameter():
    assert models.build("seed").count_params() == 3_572_593


@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_outputs_have_the_promised_shapes_and_ranges(architecture):
    keras.utils.set_random_seed(0)
    model = models.build(architecture)
    images = np.random.default_rng(0).normal(size=(2, *features.IMAGE_SHAPE)).astype("float32")
    outputs = {name: np.asarray(value) for name, value in model(images).items()}
    assert {name: value.shape for name, value in outputs.items()} == {
        "age_output": (2, 1),
        "gender_output": (2, 1),
        "race_output": (2, 5),
    }
    assert np.all((outputs["gender_output"] > 0) & (outputs["gender_output"] < 1))
    np.testing.assert_allclose(outputs["race_output"].sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("architecture", sorted(models.ARCHITECTURES))
def test_branches_share_nothing_but_the_image(architecture):
    model = models.build(architecture)
    branches = {
        name: {layer.name for layer in keras.Model(model.input, output).layers if layer.weights}
        for name, output in model.output.items()
    }
    age, gender, race = branches.values()
    assert age and gender and race
    assert not age & gender and not age & race and not gender & race
    assert len(age | gender | race) == sum(1 for layer in model.layers if layer.weights)


def test_compact_is_small():
    assert models.build("compact").count_params() < 500_000


def test_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match=r"out of \['compact', 'seed'\]\. Received: .*'vgg'"):
        models.build("vgg")
