using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Ledger.Membership;
using EhrLedger.Wallet.Keys;

namespace EhrLedger.Wallet.Granting;

/// <summary>Access keys, which are made again whenever they are needed: nothing in them is random but what the grant's terms have fixed.</summary>
internal static class AccessKeys
{
    /// <summary>For all of a subject's records in the epochs from the terms' first on. The caller disposes of it.</summary>
    public static AccessKey ForEpochs(SubjectKeys keys, GrantId grant, OrganisationId author, GrantTerms terms, uint through, string patientLink, DelegationId? by = null)
    {
        var epochs = new List<EpochKey>();
        for (var epoch = terms.FirstEpoch; epoch <= through; epoch++)
        {
            epochs.Add(keys.DeriveEpochKey(epoch));
        }

        return Make(keys, grant, author, terms, epochs, [], patientLink, by);
    }

    /// <summary>For single records. The caller disposes of it, and with it of the record keys.</summary>
    public static AccessKey ForRecords(SubjectKeys keys, GrantId grant, OrganisationId author, GrantTerms terms, IReadOnlyList<RecordKey> records, string patientLink) =>
        Make(keys, grant, author, terms, [], records, patientLink, null);

    private static AccessKey Make(
        SubjectKeys keys, GrantId grant, OrganisationId author, GrantTerms terms, IReadOnlyList<EpochKey> epochs, IReadOnlyList<RecordKey> records, string patientLink, DelegationId? by) =>
        new()
        {
            Grant = grant,
            Subject = keys.Subject,
            Author = author,
            Category = keys.Category,
            Terms = terms,
            LogKey = keys.MemoOf(by).DeriveLogKey(grant),
            Epochs = epochs,
            Records = records,
            PatientLink = patientLink,
        };
}
