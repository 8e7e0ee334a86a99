"""AutoGluon at its defaults, in an interpreter of its own: it needs another pandas than the project has.

python benchmarks/autogluon_peer.py FOLDER
    FOLDER holds known.parquet (with the column `y`), test.parquet and job.json; gets p.npy.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def main(folder: Path) -> None:
    """Learn from the known rows, predict the others."""
    from autogluon.tabular import TabularPredictor

    job = json.loads((folder / "job.json").read_text())
    known, test = (pd.read_parquet(folder / name) for name in ("known.parquet", "test.parquet"))
    predictor = TabularPredictor(label="y", eval_metric="log_loss", path=str(folder / "models"), verbosity=0)
    predictor.fit(known, time_limit=job["seconds"], num_cpus=job["threads"])
    shares = predictor.predict_proba(test)
    np.save(folder / "p.npy", shares.reindex(columns=range(job["classes"]), fill_value=0.0).to_numpy())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
