"""The checks: one folder a layer, one function a judgement."""
