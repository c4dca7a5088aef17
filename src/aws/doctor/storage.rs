//! Ledger and archive: is the ledger protected, are versions kept, and is deleted what expires and
//! nothing else?

use aws_sdk_dynamodb::types::PointInTimeRecoveryStatus;
use aws_sdk_s3::types::{BucketVersioningStatus, ExpirationStatus, LifecycleRule};

use super::{StackPlace, check, unanswered};
use crate::aws::failure::Failure;
use crate::doctor::{Check, Grade};

const RAW: &str = "raw/";
const DEPLOY: &str = "Deploy the stack again from infra/template.yaml.";

impl StackPlace<'_> {
    pub(super) async fn storage(&self) -> Vec<Check> {
        let (raw, kept) = (&self.names.raw_bucket, &self.names.kept_bucket);
        let s3 = aws_sdk_s3::Client::new(&self.cloud.sdk);
        let mut checks = self.ledger().await;
        checks.push(match rules(&s3, raw).await {
            Ok(rules) => of_raw(raw, &rules, self.config.keep_raw_days),
            Err(failure) => unanswered("life_cycle", raw, &failure),
        });
        checks.push(match rules(&s3, kept).await {
            Ok(rules) => of_kept(kept, &rules),
            Err(failure) => unanswered("life_cycle", kept, &failure),
        });
        for bucket in [raw, kept] {
            checks.push(versions(&s3, bucket).await);
        }
        checks
    }

    async fn ledger(&self) -> Vec<Check> {
        let table = &self.names.table;
        let dynamo = aws_sdk_dynamodb::Client::new(&self.cloud.sdk);
        let described = dynamo.describe_table().table_name(table).send().await;
        let protected = match described {
            Err(error) => {
                let failure = Failure::new("DynamoDB DescribeTable", &error);
                unanswered("ledger_deletion", table, &failure)
            }
            Ok(found)
                if found.table().and_then(|t| t.deletion_protection_enabled()) == Some(true) =>
            {
                check("ledger_deletion", table, "Nobody can delete the ledger's table.")
            }
            Ok(_) => {
                let sentence = "The ledger's table can be deleted: its protection is switched off.";
                let action = format!(
                    "Run: aws dynamodb update-table --table-name {table} \
                     --deletion-protection-enabled"
                );
                check("ledger_deletion", table, sentence).graded(Grade::Warn, action)
            }
        };
        let backups = dynamo.describe_continuous_backups().table_name(table).send().await;
        let recoverable = match backups {
            Err(error) => {
                let failure = Failure::new("DynamoDB DescribeContinuousBackups", &error);
                unanswered("ledger_recovery", table, &failure)
            }
            Ok(found) => {
                let described = found.continuous_backups_description();
                let recovery = described.and_then(|d| d.point_in_time_recovery_description());
                let status = recovery.and_then(|r| r.point_in_time_recovery_status());
                of_recovery(table, status == Some(&PointInTimeRecoveryStatus::Enabled))
            }
        };
        vec![protected, recoverable]
    }
}

fn of_recovery(table: &str, enabled: bool) -> Check {
    if enabled {
        let sentence = "The ledger can be restored to any second of the last weeks.";
        return check("ledger_recovery", table, sentence);
    }
    let sentence = "The ledger has no backups: point-in-time recovery is switched off.";
    let action = format!(
        "Run: aws dynamodb update-continuous-backups --table-name {table} \
         --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true,\
         RecoveryPeriodInDays=35"
    );
    check("ledger_recovery", table, sentence).graded(Grade::Warn, action)
}

/// The rules of a bucket that are switched on.
async fn rules(s3: &aws_sdk_s3::Client, bucket: &str) -> Result<Vec<LifecycleRule>, Failure> {
    match s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await {
        Ok(found) => {
            let rules = found.rules.unwrap_or_default();
            Ok(rules.into_iter().filter(|rule| rule.status == ExpirationStatus::Enabled).collect())
        }
        Err(error) => {
            let failure = Failure::new("S3 GetBucketLifecycleConfiguration", &error);
            if failure.code == "NoSuchLifecycleConfiguration" {
                Ok(Vec::new())
            } else {
                Err(failure)
            }
        }
    }
}

/// What a rule is for, and after how many days it deletes there; `None` if it deletes nothing that
/// is in use.
fn deletes(rule: &LifecycleRule) -> Option<(&str, i32)> {
    let days = rule.expiration()?.days()?;
    let prefix = rule.filter().and_then(|filter| filter.prefix());
    #[expect(deprecated, reason = "rules of the older form are rules too")]
    let older = rule.prefix();
    Some((prefix.or(older).unwrap_or_default(), days))
}

fn of_raw(bucket: &str, rules: &[LifecycleRule], keep_days: u32) -> Check {
    let raw = |sentence: String| check("life_cycle", bucket, sentence);
    let found: Vec<(&str, i32)> = rules.iter().filter_map(deletes).collect();
    if let Some((prefix, days)) = found.iter().find(|(prefix, _)| *prefix != RAW) {
        let sentence = format!("A rule deletes after {days} days what begins with \"{prefix}\".");
        let action = format!("Remove it: only {RAW} may expire. {DEPLOY}");
        return raw(sentence).graded(Grade::Fail, action);
    }
    match found.first() {
        None => raw("API responses are never deleted.".to_owned()).graded(Grade::Warn, DEPLOY),
        Some((_, days)) if u32::try_from(*days) == Ok(keep_days) => {
            raw(format!("API responses are deleted after {days} days, as configured."))
        }
        Some((_, days)) => {
            let sentence = format!(
                "API responses are deleted after {days} days, and the configuration says \
                 {keep_days}."
            );
            let action = "Deploy with KeepRawDays set to keep_raw_days of the configuration.";
            raw(sentence).graded(Grade::Warn, action)
        }
    }
}

fn of_kept(bucket: &str, rules: &[LifecycleRule]) -> Check {
    let kept = |sentence: String| check("life_cycle", bucket, sentence);
    match rules.iter().find_map(deletes) {
        None => kept("Evidence and anchors are kept for good.".to_owned()),
        Some((_, days)) => {
            let sentence = format!("A rule deletes evidence after {days} days.");
            kept(sentence).graded(Grade::Fail, format!("Remove it now. {DEPLOY}"))
        }
    }
}

async fn versions(s3: &aws_sdk_s3::Client, bucket: &str) -> Check {
    let name = "versions";
    match s3.get_bucket_versioning().bucket(bucket).send().await {
        Err(error) => unanswered(name, bucket, &Failure::new("S3 GetBucketVersioning", &error)),
        Ok(found) if found.status() == Some(&BucketVersioningStatus::Enabled) => {
            check(name, bucket, "The bucket keeps versions: what is deleted can come back.")
        }
        Ok(_) => {
            let sentence = "The bucket keeps no versions: what is deleted is gone.";
            check(name, bucket, sentence).graded(Grade::Warn, DEPLOY)
        }
    }
}
