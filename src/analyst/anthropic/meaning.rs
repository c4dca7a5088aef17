//! What each class of finding means, for a model that is not shown the finding's own sentence.

use weekledger_events::FindingClass;

pub fn meaning(class: FindingClass) -> &'static str {
    match class {
        FindingClass::AccountMissing => "the account could not be read; its figures are missing",
        FindingClass::CrmMissing => "the CRM could not be read; CRM figures are missing",
        FindingClass::ReconciliationGap => "ad sets and account do not add up; rows may be missing",
        FindingClass::DeliveryStopped => "it was delivered the week before, and not this week",
        FindingClass::TrackingSilent => {
            "no leads for longer than chance explains; tracking may be broken"
        }
        FindingClass::LeadTypesMixed => {
            "rows name partial types of leads without their total, or several types are used, so \
             leads may be too few"
        }
        FindingClass::AttributionChanged => {
            "ad sets attribute leads by different settings, or by another than the week before"
        }
        FindingClass::LeadRuleChanged => "leads are counted by another rule than the week before",
        FindingClass::AccountChanged => "currency or time zone is another than in earlier weeks",
        FindingClass::AccountInactive => "the ad account is not active",
        FindingClass::IncompletePages => "the source announced more than it sent",
        FindingClass::DuplicateRow => "a row came twice, and counts once",
        FindingClass::UnusableRow => "a row could not be used and was left out",
        FindingClass::NotANumber => "a row held something else than a number and was left out",
        FindingClass::UnattributedLeads => {
            "contacts from paid social that could not be matched to a campaign; they count for the \
             report only"
        }
        FindingClass::AmbiguousCampaign => {
            "contacts fit several campaigns that share a name; they count for the report only"
        }
        FindingClass::HistoryGap => "a past week, or a part of it, is missing",
        FindingClass::Restated => "the source has changed a past week's figures",
        FindingClass::OrdinaryGrowth => "past weeks grew as they usually do",
        FindingClass::EmptyWeek => "no delivery and no leads at all",
        FindingClass::AnalystFellBack => "the words of an earlier report were written by rules",
        FindingClass::DuplicateContact => "a contact came twice or was merged, and counts once",
        FindingClass::CompanyNote => "somebody wrote down what the company did; the mail quotes it",
    }
}
