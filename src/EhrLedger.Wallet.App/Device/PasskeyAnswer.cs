using EhrLedger.Crypto;

namespace EhrLedger.Wallet.App.Device;

/// <summary>What came of asking the device whether it is its owner, and for what its passkey makes of a salt.</summary>
internal abstract record PasskeyAnswer
{
    private PasskeyAnswer()
    {
    }

    /// <summary>It is.</summary>
    /// <param name="Credential">The passkey's id: 1 to 1,023 bytes.</param>
    /// <param name="Output">What the passkey's pseudorandom function makes of the salt. Taken over by whoever asked.</param>
    public sealed record Given(ReadOnlyMemory<byte> Credential, SymmetricKey Output) : PasskeyAnswer;

    /// <summary>It was not confirmed: cancelled, not recognised, too late, or the passkey is gone. A device does not tell which.</summary>
    public sealed record Refused : PasskeyAnswer;

    /// <summary>It makes no such thing.</summary>
    public sealed record Unable : PasskeyAnswer;
}
