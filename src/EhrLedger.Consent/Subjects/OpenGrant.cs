using EhrLedger.Consent.Grants;
using EhrLedger.Crypto;
using EhrLedger.Crypto.Signing;

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
    GrantId Id, Ed25519PublicKey ReaderKey, Digest AnswerKeyDigest, DayRange Days, Digest TermsDigest, ulong GrantedAt, uint? ExtendedThrough);
