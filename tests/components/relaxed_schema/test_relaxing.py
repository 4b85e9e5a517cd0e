"""The curated schema, for labels of which some are ranges."""

import tensorflow_data_validation as tfdv

from components.relaxed_schema.component import relax
from components.utkface_transform.raw_schema import select_inputs
from pipeline.settings.config import PipelineConfig

CURATED = tfdv.load_schema_text(PipelineConfig(data="unused").schema_file)


def test_the_label_and_its_bands_may_be_missing_and_nothing_else_differs():
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


def test_the_curated_schema_stays_strict():
    before = CURATED.SerializeToString(deterministic=True)
    relax(CURATED, ["age"])
    assert CURATED.SerializeToString(deterministic=True) == before


def test_the_transform_graph_takes_a_label_that_may_be_missing_as_sparse():
    strict, relaxed = (
        {one.name: one for one in select_inputs(schema).feature}
        for schema in (CURATED, relax(CURATED, ["age"]))
    )
    assert [*strict] == [*relaxed]
    assert strict["age"].HasField("shape")
    assert not relaxed["age"].HasField("shape")
    assert all(strict[key] == relaxed[key] for key in strict if key != "age")
