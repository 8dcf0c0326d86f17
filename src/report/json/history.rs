//! The JSON of `forecast` and `backtest`.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{QUANTILE_NAMES, text};
use crate::history::calendar::date_of;
use crate::history::score::{PointErrors, ScoreRatio, Share, Test};
use crate::history::{
    Accuracy, Backtest, BacktestWindow, BaselineAccuracy, CalibratedWindow, Calibration,
    Recommended, Refused, Scores, Spread, Target, WindowOutlook,
};
use crate::report::{Backtested, Forecasted};

/// The result of `forecast`; ends with a newline.
pub fn forecast(found: &Forecasted) -> String {
    text(&forecast_result(found))
}

/// The same as data.
#[cfg(feature = "cli")]
pub(in crate::report) fn forecast_value(found: &Forecasted) -> serde_json::Value {
    let value = serde_json::to_value(forecast_result(found));
    value.expect("keys are strings and values are plain data")
}

fn forecast_result<'a>(found: &Forecasted<'a>) -> ForecastResult<'a> {
    let outlook = &found.calibrated.outlook;
    let horizons = outlook.horizons.iter().zip(&found.calibrated.horizons);
    let months = outlook.months.iter().zip(&found.calibrated.months);
    let recommended = &found.calibrated.recommended;
    ForecastResult {
        funnelcast: env!("CARGO_PKG_VERSION"),
        method: "per_lead",
        as_of: outlook.as_of.to_string(),
        scenario: &found.scenario.name,
        is_fit: found.is_fit,
        seed: found.plan.seed,
        replications: outlook.replications,
        open_records: found.scenario.pipeline.len(),
        horizons: horizons
            .map(|(window, calibrated)| HorizonFields {
                window: WindowFields::new(window, calibrated),
                score: ScoreFields::new(found.backtest, window.days),
                no_score_because: reason(found.backtest, window.days),
            })
            .collect(),
        months: months
            .map(|(month, calibrated)| MonthFields {
                month: &month.month,
                window: WindowFields::new(&month.window, calibrated),
            })
            .collect(),
        recommendation: (!recommended.is_empty()).then(|| RecommendationFields {
            windows: recommended.iter().map(RecommendedFields::from).collect(),
        }),
    }
}

/// The result of `backtest`; ends with a newline.
pub fn backtest(found: &Backtested) -> String {
    let Backtested {
        history,
        backtest,
        settings,
    } = found;
    let scores = settings.horizons.iter().flat_map(|&days| {
        let of_target = move |target| backtest.scores(days, target);
        Target::ALL.into_iter().filter_map(of_target)
    });
    text(&BacktestResult {
        funnelcast: env!("CARGO_PKG_VERSION"),
        method: "per_lead",
        as_of: date_of(history.about.as_of).to_string(),
        seed: settings.seed,
        replications: settings.replications,
        origins: backtest.n_origins(),
        scores: scores
            .map(|scores| FullScoreFields::from(&scores))
            .collect(),
        refused: backtest.refused.iter().map(RefusedFields::from).collect(),
        windows: backtest.windows.iter().map(TestedFields::from).collect(),
    })
}

#[derive(Serialize)]
struct ForecastResult<'a> {
    funnelcast: &'static str,
    method: &'static str,
    as_of: String,
    scenario: &'a str,
    is_fit: bool,
    seed: u64,
    replications: usize,
    open_records: usize,
    horizons: Vec<HorizonFields>,
    months: Vec<MonthFields<'a>>,
    recommendation: Option<RecommendationFields>,
}

#[derive(Serialize)]
struct HorizonFields {
    #[serde(flatten)]
    window: WindowFields,
    score: Option<ByTarget<Option<ScoreFields>>>,
    no_score_because: Option<String>,
}

#[derive(Serialize)]
struct MonthFields<'a> {
    month: &'a str,
    #[serde(flatten)]
    window: WindowFields,
}

#[derive(Serialize)]
struct WindowFields {
    days: usize,
    won: SpreadFields,
    revenue: SpreadFields,
    won_as_simulated: SpreadFields,
    revenue_as_simulated: SpreadFields,
    spread_factor: ByTarget<f64>,
    from_pipeline: ByTarget<f64>,
    from_new_leads: ByTarget<f64>,
}

/// One of wins, one of revenue.
#[derive(Serialize)]
struct ByTarget<T> {
    won: T,
    revenue: T,
}

impl WindowFields {
    fn new(window: &WindowOutlook, calibrated: &CalibratedWindow) -> Self {
        let spread = |of: &Calibration| SpreadFields(of.spread);
        WindowFields {
            days: window.days,
            won: spread(&calibrated.won),
            revenue: spread(&calibrated.revenue),
            won_as_simulated: SpreadFields(window.won),
            revenue_as_simulated: SpreadFields(window.revenue),
            spread_factor: ByTarget {
                won: calibrated.won.factor,
                revenue: calibrated.revenue.factor,
            },
            from_pipeline: ByTarget {
                won: window.from_pipeline.won,
                revenue: window.from_pipeline.revenue,
            },
            from_new_leads: ByTarget {
                won: window.from_new_leads.won,
                revenue: window.from_new_leads.revenue,
            },
        }
    }
}

/// `{"mean", "standard_error", "p05", …}`
struct SpreadFields(Spread);

impl Serialize for SpreadFields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("mean", &self.0.mean)?;
        map.serialize_entry("standard_error", &self.0.standard_error)?;
        for (name, value) in QUANTILE_NAMES.iter().zip(self.0.quantiles) {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

/// Why there is no score, if there is none.
fn reason(backtest: &Backtest, days: usize) -> Option<String> {
    if backtest.scores(days, Target::Won).is_some() {
        return None;
    }
    let refused = backtest.refused.iter().find(|refused| refused.days == days);
    let why = refused.map(|refused| refused.why.clone());
    Some(why.unwrap_or_else(|| "the back-test was interrupted".to_owned()))
}

#[derive(Serialize)]
struct ScoreFields {
    windows: usize,
    apart: usize,
    coverage80: Option<ShareFields>,
    coverage80_as_simulated: Option<ShareFields>,
    crps: f64,
    best_baseline: Option<BestFields>,
    against_best_so_far: Option<RatioFields>,
}

#[derive(Serialize)]
struct BestFields {
    name: &'static str,
    crps: f64,
}

impl ScoreFields {
    /// None where nothing could be tested; of revenue, none where no win has a value.
    fn new(backtest: &Backtest, days: usize) -> Option<ByTarget<Option<ScoreFields>>> {
        let of = |target| backtest.scores(days, target).map(ScoreFields::from);
        let won = Some(of(Target::Won)?);
        let revenue = of(Target::Revenue);
        Some(ByTarget { won, revenue })
    }
}

impl From<Scores> for ScoreFields {
    fn from(of: Scores) -> Self {
        ScoreFields {
            windows: of.windows,
            apart: of.apart,
            coverage80: of.recalibrated.coverage.map(ShareFields::from),
            coverage80_as_simulated: of.as_simulated.coverage.map(ShareFields::from),
            crps: of.recalibrated.crps,
            best_baseline: of.best_baseline().map(|(baseline, crps)| BestFields {
                name: baseline.name(),
                crps,
            }),
            against_best_so_far: of.against_best_so_far.map(RatioFields::from),
        }
    }
}

#[derive(Serialize)]
struct ShareFields {
    hits: u64,
    n: u64,
    share: f64,
    low: f64,
    high: f64,
}

impl From<Share> for ShareFields {
    fn from(of: Share) -> Self {
        ShareFields {
            hits: of.hits,
            n: of.n,
            share: of.share,
            low: of.low,
            high: of.high,
        }
    }
}

#[derive(Serialize)]
struct RatioFields {
    ratio: f64,
    standard_error: f64,
}

impl From<ScoreRatio> for RatioFields {
    fn from(of: ScoreRatio) -> Self {
        RatioFields {
            ratio: of.ratio,
            standard_error: of.standard_error,
        }
    }
}

#[derive(Serialize)]
struct RecommendationFields {
    windows: Vec<RecommendedFields>,
}

#[derive(Serialize)]
struct RecommendedFields {
    days: usize,
    target: &'static str,
    baseline: &'static str,
    crps: f64,
    windows: usize,
    apart: usize,
    own_crps: f64,
    forecast: Option<SpreadFields>,
}

impl From<&Recommended> for RecommendedFields {
    fn from(of: &Recommended) -> Self {
        RecommendedFields {
            days: of.days,
            target: of.target.name(),
            baseline: of.baseline.name(),
            crps: of.crps,
            windows: of.windows,
            apart: of.apart,
            own_crps: of.own_crps,
            forecast: of.forecast.map(SpreadFields),
        }
    }
}

#[derive(Serialize)]
struct BacktestResult {
    funnelcast: &'static str,
    method: &'static str,
    as_of: String,
    seed: u64,
    replications: u64,
    origins: usize,
    scores: Vec<FullScoreFields>,
    refused: Vec<RefusedFields>,
    windows: Vec<TestedFields>,
}

#[derive(Serialize)]
struct FullScoreFields {
    days: usize,
    target: &'static str,
    windows: usize,
    apart: usize,
    as_simulated: AccuracyFields,
    recalibrated: AccuracyFields,
    spread_factor: f64,
    baselines: Vec<BaselineFields>,
    against_best_so_far: Option<RatioFields>,
    recommended_baseline: Option<&'static str>,
}

impl From<&Scores> for FullScoreFields {
    fn from(of: &Scores) -> Self {
        FullScoreFields {
            days: of.days,
            target: of.target.name(),
            windows: of.windows,
            apart: of.apart,
            as_simulated: AccuracyFields::from(&of.as_simulated),
            recalibrated: AccuracyFields::from(&of.recalibrated),
            spread_factor: of.spread_factor,
            baselines: of.baselines.iter().map(BaselineFields::from).collect(),
            against_best_so_far: of.against_best_so_far.map(RatioFields::from),
            recommended_baseline: of.better_baseline().map(|(baseline, _)| baseline.name()),
        }
    }
}

#[derive(Serialize)]
struct AccuracyFields {
    crps: f64,
    coverage80: Option<ShareFields>,
    interval_score80: f64,
    pinball: f64,
    #[serde(flatten)]
    errors: ErrorFields,
    pit_uniformity: Option<TestFields>,
}

impl From<&Accuracy> for AccuracyFields {
    fn from(of: &Accuracy) -> Self {
        AccuracyFields {
            crps: of.crps,
            coverage80: of.coverage.map(ShareFields::from),
            interval_score80: of.interval_score,
            pinball: of.pinball,
            errors: ErrorFields::from(of.errors),
            pit_uniformity: of.uniformity.map(TestFields::from),
        }
    }
}

#[derive(Serialize)]
struct ErrorFields {
    bias: Option<f64>,
    mae: Option<f64>,
    wape: Option<f64>,
}

impl From<Option<PointErrors>> for ErrorFields {
    fn from(of: Option<PointErrors>) -> Self {
        ErrorFields {
            bias: of.map(|of| of.bias),
            mae: of.map(|of| of.mae),
            wape: of.and_then(|of| of.wape),
        }
    }
}

#[derive(Serialize)]
struct TestFields {
    statistic: f64,
    p: f64,
}

impl From<Test> for TestFields {
    fn from(of: Test) -> Self {
        TestFields {
            statistic: of.statistic,
            p: of.p,
        }
    }
}

#[derive(Serialize)]
struct BaselineFields {
    name: &'static str,
    crps: f64,
    #[serde(flatten)]
    errors: ErrorFields,
    ratio: Option<RatioFields>,
}

impl From<&BaselineAccuracy> for BaselineFields {
    fn from(of: &BaselineAccuracy) -> Self {
        BaselineFields {
            name: of.baseline.name(),
            crps: of.crps,
            errors: ErrorFields::from(of.errors),
            ratio: of.ratio.map(RatioFields::from),
        }
    }
}

#[derive(Serialize)]
struct RefusedFields {
    days: usize,
    why: String,
}

impl From<&Refused> for RefusedFields {
    fn from(of: &Refused) -> Self {
        RefusedFields {
            days: of.days,
            why: of.why.clone(),
        }
    }
}

/// A forecast of the past and what came.
#[derive(Serialize)]
struct TestedFields {
    as_of: String,
    days: usize,
    target: &'static str,
    observed: f64,
    forecast: SpreadFields,
    forecast_as_simulated: SpreadFields,
    pit: f64,
    pit_as_simulated: f64,
    baselines: Vec<SaidFields>,
}

#[derive(Serialize)]
struct SaidFields {
    name: &'static str,
    mean: Option<f64>,
    crps: Option<f64>,
    no_forecast_because: Option<String>,
}

impl From<&BacktestWindow> for TestedFields {
    fn from(of: &BacktestWindow) -> Self {
        let said = crate::history::Baseline::ALL.iter().zip(&of.baselines);
        TestedFields {
            as_of: date_of(of.origin).to_string(),
            days: of.days,
            target: of.target.name(),
            observed: of.observed,
            forecast: SpreadFields(Spread::of(of.recalibrated.clone())),
            forecast_as_simulated: SpreadFields(Spread::of(of.sample.clone())),
            pit: of.place_among(&of.recalibrated),
            pit_as_simulated: of.place_among(&of.sample),
            baselines: said
                .map(|(baseline, said)| SaidFields {
                    name: baseline.name(),
                    mean: said.as_ref().ok().map(|said| said.mean),
                    crps: said.as_ref().ok().map(|said| said.crps),
                    no_forecast_because: said.as_ref().err().map(ToString::to_string),
                })
                .collect(),
        }
    }
}
