"""Examples that the Evaluator reads if some labels are ranges."""

import tensorflow as tf

from components.known_labels.marking import EVERYONE_KEY, known_key, write_marked
from trainer.features import IMAGE_KEY, UNKNOWN_LABEL
from trainer.input_fn import read_records


def _example(name: str, **labels: int) -> bytes:
    example = tf.train.Example()
    example.features.feature[IMAGE_KEY].bytes_list.value.append(b"picture")
    example.features.feature["file_name"].bytes_list.value.append(name.encode())
    for key, label in labels.items():
        example.features.feature[key].int64_list.value.append(label)
    return example.SerializeToString()


def test_each_example_has_all_labels_and_a_weight_per_optional_label(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    with tf.io.TFRecordWriter(str(source / "part-0.gz"), "GZIP") as writer:
        writer.write(_example("years", age=31, gender=1))
        writer.write(_example("range", gender=0, age_least=20, age_greatest=29))
    write_marked(str(source), str(target), ["age"])
    found = {}
    for record in read_records([f"{target}/*"]).as_numpy_iterator():
        example = tf.train.Example.FromString(record).features.feature
        assert IMAGE_KEY not in example
        assert example[EVERYONE_KEY].float_list.value == [1.0]
        assert len(example["gender"].int64_list.value) == 1
        found[example["file_name"].bytes_list.value[0]] = (
            *example["age"].int64_list.value,
            *example[known_key("age")].float_list.value,
        )
    assert found == {b"years": (31, 1.0), b"range": (UNKNOWN_LABEL, 0.0)}
