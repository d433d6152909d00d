namespace EhrLedger.Crypto.Hpke;

/// <summary>The public half of a key encapsulation mechanism, as RFC 9180 §4 uses it.</summary>
internal interface IEncapsulationKey
{
    /// <summary>The KEM's number in the IANA registry.</summary>
    ushort KemId { get; }

    /// <summary>Bytes of randomness that an encapsulation takes.</summary>
    int EncapsulationSeedLength { get; }

    /// <summary>Makes a shared secret (32 bytes of room) and its encapsulation. Null if the key lets no secret come about.</summary>
    /// <param name="seed">Uniformly random, and used once.</param>
    /// <param name="sharedSecret">Exactly 32 bytes of room.</param>
    byte[]? Encapsulate(ReadOnlySpan<byte> seed, Span<byte> sharedSecret);
}

/// <summary>The private half.</summary>
internal interface IDecapsulationKey
{
    /// <summary>The KEM's number in the IANA registry.</summary>
    ushort KemId { get; }

    /// <summary>Recovers the shared secret.</summary>
    /// <returns>False for an encapsulation of the wrong length or with a point of small order. Any other one gives some secret.</returns>
    bool TryDecapsulate(ReadOnlySpan<byte> encapsulation, Span<byte> sharedSecret);
}
