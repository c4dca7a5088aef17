//! "Close are": the known ids that somebody may have meant.

/// How many are offered.
const OFFERED_MAX: usize = 5;

/// A shorter part, such as a claim's "c7", is like anything: only the whole of it counts.
const PART_MIN: usize = 3;

/// The known ids that share most of their parts with the one given. Parts are what stands between
/// colons and slashes; one that is only begun or contained counts half.
pub fn closest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let parts = parts(wanted);
    let mut scored: Vec<(usize, &str)> =
        known.map(|id| (score(&parts, id), id)).filter(|(score, _)| *score > 0).collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.len().cmp(&b.1.len())).then(a.1.cmp(b.1)));
    scored.dedup();
    scored.into_iter().take(OFFERED_MAX).map(|(_, id)| id.to_owned()).collect()
}

fn parts(id: &str) -> Vec<String> {
    let separate = |c: char| matches!(c, ':' | '/' | '@' | ' ');
    id.split(separate).filter(|part| !part.is_empty()).map(str::to_lowercase).take(8).collect()
}

fn score(wanted: &[String], id: &str) -> usize {
    let known = parts(id);
    let of_part = |part: &String| {
        if known.contains(part) {
            2
        } else if part.len() < PART_MIN {
            0
        } else if known.iter().any(|one| one.contains(part.as_str()) || alike(part, one)) {
            1
        } else {
            0
        }
    };
    wanted.iter().map(of_part).sum()
}

/// Alike but for a typing error.
fn alike(one: &str, other: &str) -> bool {
    crate::config::nearest(one, [other]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_share_metric_and_entity_come_first() {
        let known = [
            "report:weekly/spend/week/EUR",
            "report:weekly/meta_leads/week",
            "campaign:12/meta_leads/week",
            "account:act_1/clicks/four_weeks",
        ];
        let found = closest("report:weekly/meta_leeds/week", known.into_iter());
        assert_eq!(found[0], "report:weekly/meta_leads/week");
        assert!(closest("§§", known.into_iter()).is_empty());
        let short = ["finding:0/1", "count:campaigns", "account:act_1/cpc/week"];
        assert!(closest("c0", short.into_iter()).is_empty());
    }
}
