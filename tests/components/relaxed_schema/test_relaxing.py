"""The curated schema, relaxed for labels that may be ranges."""

import tensorflow_data_validation as tfdv

from components.relaxed_schema.component import relax
from components.utkface_transform.raw_schema import select_inputs
from pipeline.settings.config import PipelineConfig

CURATED = tfdv.load_schema_text(PipelineConfig(data="unused").schema_file)


def test_only_the_label_and_its_band_become_optional():
    relaxed = relax(CURATED, ["age"])
    before, after = ({one.name: one for one in schema.feature} for schema in (CURATED, relaxed))
    for key in ("age", "age_band"):
        assert not after[key].HasField("presence")
        assert not after[key].HasField("shape")
        assert (after[key].value_count.min, after[key].value_count.max) == (1, 1)
        assert after[key].drift_comparator == before[key].drift_comparator
    assert after["age"].int_domain == before["age"].int_domain
    assert {key for key in before if before[key] != after[key]} == {"age", "age_band"}
    parsed = relaxed.tensor_representation_group[""].tensor_representation
    assert set(parsed) == {"gender", "race", "image", "file_name"}


def test_relaxing_does_not_change_the_curated_schema():
    before = CURATED.SerializeToString(deterministic=True)
    relax(CURATED, ["age"])
    assert CURATED.SerializeToString(deterministic=True) == before


def test_the_transform_graph_reads_an_optional_label_as_sparse():
    strict, relaxed = (
        {one.name: one for one in select_inputs(schema).feature}
        for schema in (CURATED, relax(CURATED, ["age"]))
    )
    assert [*strict] == [*relaxed]
    assert strict["age"].HasField("shape")
    assert not relaxed["age"].HasField("shape")
    assert all(strict[key] == relaxed[key] for key in strict if key != "age")
