namespace EhrLedger.Node.Storage.Vault;

// The tables of vault.db: what erasure destroys. Apart from the records, with backups of its own that are kept 30 days at most. Everything in it is wrapped under a key of the key store.

/// <summary>Both halves of a record's content key, wrapped under the author's own key.</summary>
internal sealed class WrapRow
{
    public required byte[] HeaderDigest { get; set; }

    public required byte[] Wrapped { get; set; }
}

/// <summary>A share that this node holds as a custodian.</summary>
internal sealed class ShareRow
{
    public required byte[] HeaderDigest { get; set; }

    public required byte[] Wrapped { get; set; }
}

/// <summary>A named secret: exporter secrets, index keys, salts of provisional seeds, keys of grants.</summary>
internal sealed class SecretRow
{
    public required byte[] Name { get; set; }

    public long Kind { get; set; }

    public required byte[] Wrapped { get; set; }
}
