using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Fhir.References;
using Microsoft.IdentityModel.Tokens;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace EhrLedger.Node.Smart.Users;

/// <summary>Makes users of whom the organisation's identity provider vouches for. Who has no role of this node is nobody here, and what applications had of such a user ends; so does what they had in another role.</summary>
internal sealed partial class ProviderUsers(IdentityProvider provider, UserStore users, SmartAddresses addresses, TimeProvider time, ILogger<ProviderUsers> logger)
{
    /// <summary>Before the subject in logins: no login of the node itself can have it.</summary>
    public const string Prefix = "oidc:";

    private const int LongestSubject = 255;
    private const int LongestName = 200;

    /// <summary>The user of a checked identity token; null for whom gets nothing here.</summary>
    /// <param name="claims">Of the identity token: issuer, audience, signature, nonce and time have been checked.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EhrLedger.Ledger.Replication.StoreFailedException">smart.db can't be written.</exception>
    public async Task<UserRow?> FindAsync(ClaimsPrincipal claims, CancellationToken cancellationToken)
    {
        if (claims.FindFirst(Claims.Subject)?.Value is not { Length: > 0 and <= LongestSubject } subject)
        {
            return null;
        }

        var login = Prefix + subject;
        var role = provider.RoleOf([.. claims.FindAll(provider.RoleClaim).Select(claim => claim.Value)]);
        var fhirUser = ReferenceOf(claims.FindFirst(provider.FhirUserClaim)?.Value);
        if (role is not { } has || fhirUser is null)
        {
            Missing(logger, role is null ? provider.RoleClaim : provider.FhirUserClaim);
            await users.ForgetAsync(login, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var user = new UserRow
        {
            Id = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.UTF8.GetBytes($"{provider.Issuer}\n{has.ToText()}\n{fhirUser}\n{subject}"))),
            Login = login,
            Name = NameOf(claims, subject),
            Role = (int)has,
            FhirUser = fhirUser,
            PasswordHash = "",
            VouchedAt = time.GetUtcNow().ToUnixTimeSeconds(),
        };
        return await users.VouchAsync(user, cancellationToken).ConfigureAwait(false) ? user : null;
    }

    /// <summary>Whether what the provider said of a user still counts, where the user is not there to log in again. Users of the node itself need no word of it.</summary>
    public static bool StillCounts(UserRow user, IdentityProvider? provider, DateTimeOffset now) =>
        user.VouchedAt == 0 || (provider is not null && DateTimeOffset.FromUnixTimeSeconds(user.VouchedAt) + provider.Lifetime > now);

    private string? ReferenceOf(string? reference)
    {
        var relative = reference is not null && reference.StartsWith(addresses.Fhir + "/", StringComparison.Ordinal) ? reference[(addresses.Fhir.Length + 1)..] : reference;
        return relative?.Split('/') is ["Practitioner" or "PractitionerRole", var id] && FhirReference.IsId(id) ? relative : null;
    }

    private static string NameOf(ClaimsPrincipal claims, string subject) =>
        ((string?[])[claims.FindFirst(Claims.Name)?.Value, claims.FindFirst(Claims.PreferredUsername)?.Value, subject])
            .FirstOrDefault(name => !string.IsNullOrWhiteSpace(name) && Encoding.UTF8.GetByteCount(name) <= LongestName) ?? "A user of the identity provider";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The identity provider vouches for somebody who gets nothing here: the claim {Claim} has nothing that this node knows.")]
    private static partial void Missing(ILogger logger, string claim);
}
