"""The stages of dvc.yaml: each reads its inputs, calls one function and writes its outputs."""
