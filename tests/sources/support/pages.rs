//! Pages as the providers write them, made here by hand and not by the code under test.

use serde_json::{Value, json};

use super::server::{Asked, Reply};

pub fn account(id: &str, zone: &str) -> Value {
    json!({"account_status": 1, "currency": "EUR", "timezone_name": zone, "name": "Hotel", "id": id})
}

/// One ad-set row; `actions` as `(type, value)`.
pub fn row(ad_set: &str, day: &str, spend: &str, actions: &[(&str, &str)]) -> Value {
    let actions: Vec<Value> = actions
        .iter()
        .map(|(action_type, value)| json!({"action_type": action_type, "value": value}))
        .collect();
    json!({
        "account_id": "1", "account_currency": "EUR", "campaign_id": "10", "campaign_name": "Autumn",
        "adset_id": ad_set, "adset_name": "Families", "attribution_setting": "7d_click_1d_view",
        "spend": spend, "impressions": "1000", "clicks": "20", "inline_link_clicks": "15",
        "actions": actions, "date_start": day, "date_stop": day
    })
}

/// A page whose cursor says `after`; `next` holds a token as the provider's does.
pub fn page(rows: &[Value], after: Option<&str>, token: &str) -> Value {
    let mut page = json!({"data": rows, "paging": {"cursors": {"before": "b", "after": after.unwrap_or("end")}}});
    if let Some(after) = after {
        let next = format!(
            "https://graph.example/v26.0/act_1/insights?access_token={token}&after={after}"
        );
        page["paging"]["next"] = json!(next);
    }
    page
}

pub fn contact(id: u64, created: &str) -> Value {
    json!({
        "id": id.to_string(),
        "properties": {"createdate": created, "hs_object_id": id.to_string(), "hs_analytics_source": "PAID_SOCIAL", "hs_analytics_source_data_2": null},
        "createdAt": created, "updatedAt": created, "archived": false
    })
}

pub fn contacts(total: u64, contacts: &[Value], after: Option<&str>) -> Value {
    let mut page = json!({"total": total, "results": contacts});
    if let Some(after) = after {
        page["paging"] = json!({"next": {"after": after, "link": "https://api.hubapi.com/next"}});
    }
    page
}

/// Answers everything with an ordinary, small week.
pub fn ordinary(asked: &Asked) -> Reply {
    if asked.method == "POST" {
        return Reply::json(&contacts(1, &[contact(1, "2026-11-17T10:00:00.5Z")], None));
    }
    if !asked.path.ends_with("/insights") {
        let id = asked.path.rsplit('/').next().unwrap();
        return Reply::json(&account(id, "Europe/Berlin"));
    }
    let account_id = asked.path.split("act_").nth(1).unwrap().split('/').next().unwrap();
    let mut row = row("100", "2026-11-17", "12.34", &[("lead", "2")]);
    row["account_id"] = json!(account_id);
    Reply::json(&page(&[row], None, ""))
}

pub fn meta_error(http: u16, code: i64, subcode: Option<i64>, message: &str) -> Reply {
    let mut error = json!({"message": message, "type": "OAuthException", "code": code});
    if let Some(subcode) = subcode {
        error["error_subcode"] = json!(subcode);
    }
    Reply::new(http, json!({ "error": error }).to_string())
}
