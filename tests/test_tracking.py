import pandas as pd
import pytest

from inquiry_intent.bundle import save_bundle
from inquiry_intent.embedding import EmbeddingStore
from inquiry_intent.line import run_line, write_evaluation
from inquiry_intent.tracking import Finished, flat_params, log_finished, named_runs
from tests.conftest import corpus

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own dependencies warn on import


@pytest.fixture
def finished(config, encoder, tmp_path):
    made = run_line(corpus(), config, encoder, EmbeddingStore(tmp_path / "store", "hashing"))
    result = made.targets["conversion"]
    save_bundle(result.bundle, tmp_path / "model")
    write_evaluation(result.evaluation, result.bundle, tmp_path / "report")
    return Finished(
        target="conversion",
        bundle=tmp_path / "model",
        comparison=pd.read_csv(tmp_path / "report/comparison.csv"),
        artifacts=[tmp_path / "report/metrics.json"],
        sample=made.features.head(5),
    )


def test_model_and_rules_stand_in_one_experiment_and_the_logged_model_scores_a_table(
    finished, config, tmp_path, monkeypatch
):
    import mlflow

    uri = f"sqlite:///{tmp_path}/runs.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.chdir(tmp_path)
    runs = log_finished(finished, "demo", flat_params(config), {"git_commit": "abc", "dvc_lock_md5": "def"})
    assert set(runs) == {"candidate", "baseline"}

    client = mlflow.MlflowClient(uri)
    experiment = client.get_experiment_by_name("demo-conversion")
    assert experiment.artifact_location.startswith(tmp_path.as_uri())
    model, rules = (client.get_run(runs[role]) for role in ("candidate", "baseline"))
    assert model.data.tags["git_commit"] == "abc"
    assert model.data.params["train.seed"] == "7"
    assert (model.data.tags["split"], model.data.tags["warnings"]) == ("time", "none")
    assert named_runs(finished, "demo")["candidate"]["model_version"] == model.data.tags["model_version"]
    assert named_runs(finished, "demo")["candidate"]["run"] == model.info.run_name
    assert model.data.metrics["test.log_loss"] != rules.data.metrics["test.log_loss"]
    assert {"test.log_loss_minus_rules.low", "test.roc_auc.high"} <= set(model.data.metrics)

    [logged] = mlflow.search_logged_models(experiment_ids=[experiment.experiment_id], output_format="list")
    loaded = mlflow.pyfunc.load_model(logged.model_uri)
    assert loaded.metadata.signature is not None
    sample = finished.sample.reset_index(drop=True)
    scored = loaded.predict(sample)
    assert list(scored) == ["not_converted", "converted"]
    assert scored["converted"].between(0, 1).all()


def test_nothing_of_buyers_reaches_mlflow(finished, config, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    monkeypatch.chdir(tmp_path)
    log_finished(finished, "demo", flat_params(config), {})
    stored = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and "store" not in str(p))
    assert b"when can you deliver" not in stored
    assert b"q0001" not in stored
