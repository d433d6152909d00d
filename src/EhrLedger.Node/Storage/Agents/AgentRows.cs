namespace EhrLedger.Node.Storage.Agents;

/// <summary>Another agent.</summary>
internal sealed class ConnectionRow
{
    /// <summary>HMAC of the own key.</summary>
    public required byte[] OwnKey { get; init; }

    /// <summary>HMAC of the id.</summary>
    public required byte[] Id { get; init; }

    /// <summary>HMAC of whom it is about; null for nobody in particular.</summary>
    public byte[]? About { get; init; }

    public required byte[] Sealed { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long CreatedAt { get; init; }
}

/// <summary>An invitation that was given out.</summary>
internal sealed class InvitationRow
{
    /// <summary>HMAC of its key.</summary>
    public required byte[] Key { get; init; }

    public required byte[] Sealed { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long Until { get; init; }
}

/// <summary>An envelope that waits for its recipient, or for its turn to be sent.</summary>
internal sealed class WaitingRow
{
    public long Id { get; init; }

    /// <summary>HMAC of the recipient's key.</summary>
    public required byte[] Recipient { get; init; }

    /// <summary>Endpoint, line feed, envelope.</summary>
    public required byte[] Sealed { get; init; }

    public long Bytes { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long KeptAt { get; init; }

    /// <summary>When it is to be sent, in Unix milliseconds; null where it waits to be picked up.</summary>
    public long? Due { get; init; }

    public long Tries { get; init; }
}

/// <summary>A key for which forwarded messages are kept.</summary>
internal sealed class KeylistRow
{
    /// <summary>HMAC of the key.</summary>
    public required byte[] Key { get; init; }

    /// <summary>HMAC of the own key of the connection that it belongs to.</summary>
    public required byte[] Owner { get; init; }

    public required byte[] Sealed { get; init; }
}

/// <summary>A text, or an answered ping.</summary>
internal sealed class TalkRow
{
    public long Id { get; init; }

    /// <summary>HMAC of the connection's id.</summary>
    public required byte[] Connection { get; init; }

    public required byte[] Sealed { get; init; }
}

/// <summary>An access request that a wallet was sent.</summary>
internal sealed class AskedRow
{
    /// <summary>HMAC of its id.</summary>
    public required byte[] Request { get; init; }

    /// <summary>HMAC of the patient's id.</summary>
    public required byte[] Patient { get; init; }

    public required byte[] Sealed { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long AskedAt { get; init; }
}
