using EhrLedger.Consent.Delegations;
using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;
using EhrLedger.Ledger.Membership;

namespace EhrLedger.Consent.Subjects;

/// <summary>A grant as the subject's state keeps it: what contract and custodians need.</summary>
/// <param name="Id">Which.</param>
/// <param name="ReaderKey">Signs Search and Read.</param>
/// <param name="AnswerKeyDigest">SHA-256 of the X-Wing key that answers are sealed to.</param>
/// <param name="Days">When it holds.</param>
/// <param name="TermsDigest">SHA-256 of the terms.</param>
/// <param name="GrantedAt">Index of its Granted entry.</param>
/// <param name="ExtendedThrough">Last epoch that a GrantExtended entry gave it; null where none did.</param>
public sealed record OpenGrant(
    GrantId Id, Ed25519PublicKey ReaderKey, Digest AnswerKeyDigest, DayRange Days, Digest TermsDigest, ulong GrantedAt, uint? ExtendedThrough)
{
    /// <summary>Null for what was granted.</summary>
    public OpenEmergency? Emergency { get; init; }

    /// <summary>Which delegate has given it; null where the patient has.</summary>
    public DelegatesGrant? Delegate { get; init; }

    /// <summary>Whether it may be used for this purpose, as far as its terms allow it: a delegate can give no more than the patient has delegated.</summary>
    public bool Allows(PurposeOfUse purpose) => Delegate?.Purposes.Contains(purpose) != false;

    /// <summary>Whether it holds at a time.</summary>
    /// <param name="time">Unix milliseconds.</param>
    public bool HoldsAt(ulong time) => Days.Includes(time / 86_400_000) && !(time >= Emergency?.Until);

    /// <summary>Whether it never holds again from a time on.</summary>
    /// <param name="time">Unix milliseconds.</param>
    public bool HasLapsedAt(ulong time) => Days.Last < time / 86_400_000 || time >= Emergency?.Until;
}

/// <summary>What an organisation has opened in an emergency, without having been allowed to.</summary>
/// <param name="Organisation">Who.</param>
/// <param name="Until">Unix milliseconds: 24 hours after the leaf's time. From then on it gives no right.</param>
/// <param name="Policy">Number of the policy that allows it.</param>
public sealed record OpenEmergency(OrganisationId Organisation, ulong Until, uint Policy);
