using EhrLedger.Crypto.Signing;

namespace EhrLedger.Consent.Delegations;

/// <summary>
/// Names what a patient and one delegate have agreed on: a delegation for each subject. It stands on no ledger; the patient's wallet leaves the delegate's keys with the members under it.
/// </summary>
/// <param name="Key">Derived from the wallet's seed for this alone. Signs what is left there.</param>
public readonly record struct MandateId(Ed25519PublicKey Key)
{
    /// <summary>The did:key.</summary>
    public override string ToString() => Key.ToDidKey();
}
