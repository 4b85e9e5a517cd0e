"""UtkFaceTrainer: TFX's Trainer with its main settings as parameters of a run."""
