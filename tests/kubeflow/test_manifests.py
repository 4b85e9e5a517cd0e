"""The image, the manifests and docs/kubeflow.md agree with each other and with the code."""

import json
import re
import shlex
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import click
import pytest
import yaml
from kubernetes import client

from pipeline.cli import main
from pipeline.run_parameters import RunParameters
from pipeline.settings.config import load_config
from pipeline.settings.kubeflow import IMAGE_SCHEMA_FILE, KubeflowSettings
from pipeline.settings.kubeflow_steps import DEFAULT, DEFAULTS, StepSettings, resolve_step

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "kubeflow"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "kubeflow.md").read_text(encoding="utf-8")


def instructions(stage: str) -> list[tuple[str, str]]:
    """Returns the instructions of a Dockerfile stage, with the arguments of each on one line."""
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    stages: list[list[tuple[str, str]]] = []
    for name, rest in found:
        if name == "FROM":
            stages.append([])
        stages[-1].append((name, " ".join(rest.split())))
    build, final = stages
    return {"build": build, "final": final}[stage]


def of_kind(stage: str, kind: str) -> list[str]:
    return [rest for name, rest in instructions(stage) if name == kind]


def sent_to_the_build(path: str) -> bool:
    """Returns whether Dockerfile.dockerignore includes a file; its last match decides."""
    sent = True
    for line in (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if not line or line.startswith("#"):
            continue
        prefixes = [str(parent) for parent in PurePosixPath(path).parents if str(parent) != "."]
        if any(fnmatch(part, pattern) for part in (*prefixes, path)):
            sent = line.startswith("!")
    return sent


class TestDockerfile:
    def test_the_schema_is_at_the_path_in_the_settings(self) -> None:
        (source, target), *_ = (
            shlex.split(rest) for rest in of_kind("final", "COPY") if "schema" in rest
        )
        name = PurePosixPath(IMAGE_SCHEMA_FILE).name
        assert f"{target}{name}" == IMAGE_SCHEMA_FILE
        assert (ROOT / source / name).is_file()
        assert sent_to_the_build(f"{source}{name}")

    def test_no_step_runs_as_root(self) -> None:
        # Kubernetes can verify that a user is not root only from a numeric ID.
        uid, gid = of_kind("final", "USER")[-1].split(":")
        assert int(uid) > 0
        # OpenShift assigns this group to its arbitrary user IDs.
        assert gid == "0"

    def test_home_and_launcher_folders_are_writable_by_any_user(self) -> None:
        (command,) = of_kind("final", "RUN")
        (made,) = re.findall(r"install --directory --mode 1777 ([^&]+)", command)
        home = re.search(r"\bHOME=(\S+)", " ".join(of_kind("final", "ENV")))
        assert home
        assert {home[1], "/gcs", "/minio", "/s3"} <= set(made.split())

    def test_both_images_install_locked_and_hashed_requirements(self) -> None:
        installs = [
            command
            for run in of_kind("build", "RUN")
            for command in re.split(r"&&", run)
            if re.search(r"\bpip install\b", command)
        ]
        bootstrap, requirements, package = installs
        locks = {
            variant: lock
            for run in of_kind("build", "RUN")
            for variant, lock in re.findall(r"(\w+)\) lock=(\S+)", run)
        }
        assert locks == {
            "cpu": "requirements/current.txt",
            "gpu": "requirements/current-gpu.txt",
        }
        assert "--require-hashes -r requirements/uv.txt" in bootstrap
        install = '--no-deps --require-hashes --build-constraint "$lock" -r "$lock"'
        assert install in requirements and "-test" not in requirements
        assert "--no-deps --no-build-isolation" in package and "--editable" not in package
        for lock in ("requirements/uv.txt", *locks.values()):
            assert (ROOT / lock).is_file()
            assert sent_to_the_build(lock)

    def test_the_virtual_environment_is_first_on_the_path(self) -> None:
        environment = " ".join(of_kind("final", "ENV"))
        assert re.search(r"\bPATH=/opt/venv/bin:", environment)
        assert "--from=build /opt/venv /opt/venv" in of_kind("final", "COPY")

    def test_the_final_image_installs_no_system_packages(self) -> None:
        assert not any("apt-get" in run for run in of_kind("final", "RUN"))

    @pytest.mark.parametrize(
        "path",
        [
            "pyproject.toml",
            "setup.py",
            "README.md",
            "pipeline/configs/demo.yaml",
            "pipeline/engines/kubeflow/pod/entrypoint.py",
            "components/data_gate/component.py",
            "trainer/run_fn.py",
        ],
    )
    def test_the_build_context_includes_the_package_files(self, path: str) -> None:
        assert (ROOT / path).is_file()
        assert sent_to_the_build(path)

    @pytest.mark.parametrize(
        "path",
        ["crop_part1.tar.gz", ".git/config", ".venv/bin/python", "demo/faces/1.jpg", "tests/x.py"],
    )
    def test_the_build_context_excludes_data_and_environments(self, path: str) -> None:
        assert not sent_to_the_build(path)


def manifest(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(
        (FOLDER / "manifests" / name).read_text(encoding="utf-8")
    )
    return document


@pytest.fixture
def claim() -> client.V1PersistentVolumeClaim:
    return as_model(manifest("data-claim.yaml"), "V1PersistentVolumeClaim")


@pytest.fixture
def pod() -> client.V1Pod:
    return as_model(manifest("data-pod.yaml"), "V1Pod")


def as_model(document: dict[str, Any], kind: str) -> Any:
    """Reads a manifest as Kubernetes would and asserts that no field is lost."""
    api = client.ApiClient()
    model = api.deserialize(SimpleNamespace(data=json.dumps(document)), kind)
    assert api.sanitize_for_serialization(model) == document
    return model


class TestManifests:
    def test_the_customization_lists_every_manifest(self) -> None:
        others = {path.name for path in (FOLDER / "manifests").iterdir()} - {"kustomization.yaml"}
        assert set(manifest("kustomization.yaml")["resources"]) == others

    def test_the_namespace_matches_the_object_store_in_the_settings(self) -> None:
        namespace = manifest("kustomization.yaml")["namespace"]
        endpoint = KubeflowSettings().env["AWS_ENDPOINT_URL"]
        assert re.fullmatch(rf"http://[a-z-]+\.{namespace}:9000", endpoint)

    def test_the_data_pod_can_write_to_the_claim(
        self, claim: client.V1PersistentVolumeClaim, pod: client.V1Pod
    ) -> None:
        (volume,) = pod.spec.volumes
        (container,) = pod.spec.containers
        (mount,) = container.volume_mounts
        assert volume.persistent_volume_claim.claim_name == claim.metadata.name
        assert mount.name == volume.name and not mount.read_only
        # The group of the image's user, as in the Dockerfile.
        assert pod.spec.security_context.fs_group == 0
        assert pod.spec.security_context.run_as_non_root

    def test_the_data_pod_uses_the_image_of_the_steps(self, pod: client.V1Pod) -> None:
        (image,) = manifest("kustomization.yaml")["images"]
        (container,) = pod.spec.containers
        assert container.image == image["name"]
        assert f"{image['newName']}:{image['newTag']}" == KubeflowSettings().image


class TestTrainingJob:
    @pytest.fixture
    def pods(self) -> dict[str, client.V1PodSpec]:
        job = yaml.safe_load((FOLDER / "tfjob.yaml").read_text(encoding="utf-8"))
        assert (job["apiVersion"], job["kind"]) == ("kubeflow.org/v1", "TFJob")
        replicas = job["spec"]["tfReplicaSpecs"]
        return {
            kind: as_model(replica["template"]["spec"], "V1PodSpec")
            for kind, replica in replicas.items()
        }

    def test_the_chief_runs_the_pipeline_and_workers_join_it(self, pods) -> None:
        roots = set()
        for kind, command in {"Chief": "run", "Worker": "worker"}.items():
            # The operator sets TF_CONFIG in the container of this name.
            (container,) = pods[kind].containers
            assert container.name == "tensorflow"
            program, *words = container.command
            assert program == "utkface" and words[0] == command
            roots.add(str(parse_command(words).params["root"]))
            (mount,) = container.volume_mounts
            assert all(path.startswith(f"{mount.mount_path}/") for path in roots)
        assert len(roots) == 1

    def test_all_pods_are_alike_and_unprivileged(self, pods, claim) -> None:
        chief, worker = pods["Chief"], pods["Worker"]
        assert chief.volumes == worker.volumes
        (volume,) = chief.volumes
        assert volume.persistent_volume_claim.claim_name == claim.metadata.name
        for pod in (chief, worker):
            assert pod.security_context.run_as_non_root and pod.security_context.fs_group == 0
            (container,) = pod.containers
            assert container.image == KubeflowSettings().image
            assert container.resources == chief.containers[0].resources
            assert container.security_context.capabilities.drop == ["ALL"]


def parse_command(words: list[str]) -> click.Context:
    """Parses the words of a command, which fails for unknown options."""
    command = main.get_command(click.Context(main), words[0])
    assert command
    return command.make_context(words[0], words[1:])


def settings_beginning_with(start: str) -> str:
    """Returns the settings block on the page that starts with `start`."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [block for block in blocks if block.startswith(start)]
    return found


class TestPage:
    def test_the_first_run_uses_the_claim_and_the_folder_of_the_manifests(
        self, tmp_path: Path, claim: client.V1PersistentVolumeClaim, pod: client.V1Pod
    ) -> None:
        path = tmp_path / "settings.yaml"
        path.write_text(settings_beginning_with("# settings.yaml"), encoding="utf-8")
        config = load_config(str(path))
        (volume,) = config.kubeflow.volumes
        ((mount,),) = (container.volume_mounts for container in pod.spec.containers)
        assert volume.claim == claim.metadata.name
        assert volume.mount_path == mount.mount_path
        (data,) = config.data
        assert data.startswith(f"{mount.mount_path}/")
        assert f"utkface sample {data} " in README
        assert f"pod/{pod.metadata.name} " in README

    def test_all_step_settings_are_listed(self) -> None:
        text = settings_beginning_with("kubeflow:\n  steps:")
        (step,) = yaml.safe_load(text)["kubeflow"]["steps"].values()
        assert step.keys() == StepSettings.model_fields.keys()

    def test_the_resource_table_matches_the_defaults(self) -> None:
        table = PAGE[PAGE.index("| step | cores |") :].partition("\n\n")[0]
        rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
        listed = set()
        for names, cores, memory, hours, attempts in rows:
            for name in re.findall(r"`(\w+)`", names) or ["Results"]:
                step = resolve_step(name, {})
                assert float(re.match(r"\d+", cores)[0]) == step.cpu, name
                assert ("GPU" in cores) == bool(step.gpus)
                assert (float(memory), float(hours)) == (step.memory_gb, step.timeout_hours), name
                assert int(attempts.partition(":")[0]) == step.retries + 1, name
                listed.add(name)
        assert {name for name in DEFAULTS if name != DEFAULT} <= listed

    def test_every_run_parameter_is_listed(self) -> None:
        table = PAGE[PAGE.index("| parameter |") :].partition("\n\n")[0]
        listed = re.findall(
            r"`(\w+)`(?=[^|]*\|)", "\n".join(re.findall(r"^\|[^|]+\|", table, re.M))
        )
        assert set(listed) == {*RunParameters.__dataclass_fields__, "image"}
