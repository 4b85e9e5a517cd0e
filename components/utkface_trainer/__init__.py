"""UtkFaceTrainer: TFX's Trainer whose most used settings are parameters of a run."""
