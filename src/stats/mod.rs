//! Statistics over plain indices and numbers: how far raters agree, and one label from many judgements. Nothing here knows
//! an item, a hall or a file, so that every function can be checked against a printed table.

mod aggregation;
mod agreement;
mod judgements;
mod splitmix64;

pub use aggregation::{
    Aggregation, AggregationError, Auto, AutoFit, BradleyTerry, BradleyTerryFit, Comparison, ConfusionPrior,
    DawidSkene, DawidSkeneFit, Glad, GladFit, Guards, Kemeny, MOST_EXACT, Mace, Member, MemberReport, OneCoin,
    Posterior, Stop, borda, borda_ranking, kemeny, majority, median, trimmed_mean, wawa, weighted_majority,
    weighted_median, zero_based_skill,
};
pub use agreement::{
    Bootstrap, Cell, Coefficient, CohenKappas, Counts, Distance, Estimate, Metric, PairKappa, RaterMatrix, Span, Text,
    Undefined, WeightTable, Weights, alpha_in_words, cohen_kappa, cohen_kappas, fleiss_kappa, gwet_ac1, gwet_ac2,
    item_mean, kappa_in_words, kendall_tau, kendall_w, krippendorff_alpha, krippendorff_alphas, pairwise_agreement,
    pairwise_span_f1, percent_agreement, preference_alpha, span_f1, unitizing_alpha,
};
pub use judgements::{Judgement, Judgements};
