//! Which time zone somebody meant. A wrong one moves every week's borders, so nothing is proposed
//! rather than a city that only sounds alike.

use super::nearest;

/// Cities that people write in another language, or that have no zone of their own, with the zone
/// that they lie in.
const CITIES: [(&[&str], &str); 12] = [
    (&["wien", "salzburg", "graz", "innsbruck", "linz"], "Europe/Vienna"),
    (
        &[
            "muenchen",
            "münchen",
            "munich",
            "frankfurt",
            "hamburg",
            "koeln",
            "köln",
            "cologne",
            "duesseldorf",
            "düsseldorf",
            "stuttgart",
            "leipzig",
        ],
        "Europe/Berlin",
    ),
    (&["zuerich", "zürich", "genf", "geneva", "geneve", "basel", "bern"], "Europe/Zurich"),
    (&["rom", "roma", "mailand", "milan", "milano", "venedig", "venice"], "Europe/Rome"),
    (&["prag", "praha"], "Europe/Prague"),
    (&["bruessel", "brüssel", "bruxelles", "brussel"], "Europe/Brussels"),
    (&["kopenhagen", "københavn"], "Europe/Copenhagen"),
    (&["lissabon", "lisboa", "porto"], "Europe/Lisbon"),
    (&["warschau", "warszawa"], "Europe/Warsaw"),
    (&["athen"], "Europe/Athens"),
    (&["barcelona", "sevilla"], "Europe/Madrid"),
    (&["edinburgh", "manchester"], "Europe/London"),
];

/// The zone that `text` stands for, if that is beyond doubt.
pub fn nearest_zone<'a>(text: &str, zones: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (region, city) = parts(text);
    let known = CITIES.iter().find(|(cities, _)| cities.contains(&city.as_str()));
    let zones: Vec<&str> = zones.collect();
    if let Some((_, meant)) = known {
        return zones.into_iter().find(|zone| zone == meant);
    }
    let same_city = |zone: &&str| parts(zone).1 == city;
    if let Some(found) = zones.iter().find(|zone| same_city(zone) && zone.contains('/')) {
        return Some(found);
    }
    // Four letters with one other may well be another city.
    if city.chars().count() < 5 {
        return None;
    }
    let of_region = zones.into_iter().filter(|zone| parts(zone).0 == region);
    let cities: Vec<(String, &str)> = of_region.map(|zone| (parts(zone).1, zone)).collect();
    let meant = nearest(&city, cities.iter().map(|(city, _)| city.as_str()))?;
    cities.iter().find(|(known, _)| known == meant).map(|(_, zone)| *zone)
}

/// Region and city in small letters; without a slash there is only a city.
fn parts(zone: &str) -> (String, String) {
    let (region, city) = zone.rsplit_once('/').unwrap_or(("", zone));
    (region.to_lowercase(), city.to_lowercase().replace(' ', "_"))
}

#[cfg(test)]
mod tests {
    use super::nearest_zone;

    const ZONES: [&str; 7] = [
        "Europe/Vienna",
        "Europe/Kiev",
        "Europe/Berlin",
        "Europe/Zurich",
        "Europe/Rome",
        "America/New_York",
        "Africa/Bamako",
    ];

    #[test]
    fn a_city_in_another_language_finds_its_zone_and_never_one_that_sounds_alike() {
        let meant = |text| nearest_zone(text, ZONES.into_iter());
        assert_eq!(meant("Europe/Wien"), Some("Europe/Vienna"));
        assert_eq!(meant("Europe/München"), Some("Europe/Berlin"));
        assert_eq!(meant("Europe/Rom"), Some("Europe/Rome"));
        assert_eq!(meant("vienna"), Some("Europe/Vienna"));
        assert_eq!(meant("America/New York"), Some("America/New_York"));
        assert_eq!(meant("Europe/Viena"), Some("Europe/Vienna"));
        assert_eq!(meant("Europe/Berlim"), Some("Europe/Berlin"));
        for unknown in [
            "Europe/Wein",
            "Europe/Rime",
            "Europe/Bamako2",
            "Mars/Olympus",
            "CEST",
            "Europe/Köping",
        ] {
            assert_eq!(meant(unknown), None, "{unknown}");
        }
    }
}
