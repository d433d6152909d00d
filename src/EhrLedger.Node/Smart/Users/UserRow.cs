namespace EhrLedger.Node.Smart.Users;

/// <summary>Somebody who logs in at the node itself.</summary>
internal sealed class UserRow
{
    /// <summary>Random; the subject of tokens.</summary>
    public required string Id { get; init; }

    /// <summary>What is typed at the login, in small letters.</summary>
    public required string Login { get; init; }

    /// <summary>As patients see it; at most 200 bytes.</summary>
    public required string Name { get; set; }

    public int Role { get; set; }

    /// <summary>Practitioner/id.</summary>
    public required string FhirUser { get; set; }

    /// <summary>Of ASP.NET Core Identity's hasher: PBKDF2 with a salt.</summary>
    public required string PasswordHash { get; set; }

    public bool Disabled { get; set; }

    /// <summary>Wrong passwords in a row.</summary>
    public int Failures { get; set; }

    /// <summary>Unix seconds; until then no password is right.</summary>
    public long LockedUntil { get; set; }
}
