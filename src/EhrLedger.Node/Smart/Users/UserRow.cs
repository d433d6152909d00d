namespace EhrLedger.Node.Smart.Users;

/// <summary>Somebody who logs in: at the node itself, or at the organisation's own identity provider.</summary>
internal sealed record UserRow
{
    /// <summary>The subject of tokens: random, or of a user of the provider, the digest of issuer, role, reference and subject there; who gets another role is another user.</summary>
    public required string Id { get; init; }

    /// <summary>What is typed at the login, in small letters; of a user of the provider, <see cref="ProviderUsers.Prefix"/> and the subject there.</summary>
    public required string Login { get; init; }

    /// <summary>As patients see it; at most 200 bytes.</summary>
    public required string Name { get; init; }

    public int Role { get; init; }

    /// <summary>Practitioner/id.</summary>
    public required string FhirUser { get; init; }

    /// <summary>Of ASP.NET Core Identity's hasher: PBKDF2 with a salt. Empty for a user of the provider: no password is right.</summary>
    public required string PasswordHash { get; init; }

    public bool Disabled { get; init; }

    /// <summary>Wrong passwords in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Unix seconds; until then no password is right.</summary>
    public long LockedUntil { get; init; }

    /// <summary>Unix seconds of the last login at the provider; 0 for a user of the node itself.</summary>
    public long VouchedAt { get; init; }
}
