using EhrLedger.Client.Wallets;

namespace EhrLedger.Wallet.Connecting;

/// <summary>What came of a one-time code.</summary>
public abstract record ConnectOutcome
{
    private ConnectOutcome()
    {
    }

    /// <summary>The organisation seals for this wallet from now on.</summary>
    /// <param name="Relationship">The connection's index in this wallet.</param>
    /// <param name="Patient">The organisation's own FHIR reference of the patient.</param>
    /// <param name="Total">How many records it is sealing anew.</param>
    /// <param name="Provisional">The subjects that stood for the patient until now, with their rows.</param>
    public sealed record Connected(uint Relationship, string Patient, ulong Total, IReadOnlyList<ProvisionalSubject> Provisional) : ConnectOutcome;

    /// <summary>The code is unknown, used or expired.</summary>
    public sealed record CodeUnknown : ConnectOutcome;

    /// <summary>No such organisation is known to be a member.</summary>
    public sealed record OrganisationUnknown : ConnectOutcome;

    /// <summary>Whether the organisation took the code is not known: <see cref="Wallet.ResumeAsync"/> finds out.</summary>
    public sealed record Waiting(string Why) : ConnectOutcome;
}
