using System.Text.Json;
using EhrLedger.Node.Smart.Clients;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Checks what a client signs to say who it is.</summary>
/// <remarks>Source: SMART App Launch 2.2, "Asymmetric client authentication": private_key_jwt with RS384 or ES384, at most five minutes, each jti once.</remarks>
internal sealed class ClientAssertions(ClientRegistry clients, RemoteKeySets remote, SeenAssertions seen, SmartAddresses addresses, TimeProvider time)
{
    /// <summary>What a client that can't be told apart from an impostor hears.</summary>
    private const string NotTheClient = "The assertion is not signed with a key of a registered client.";
    private const int Longest = 16 << 10;
    private const int LongestId = 255;
    private static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha384, SecurityAlgorithms.EcdsaSha384];
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    // For clocks that differ; what has ended has ended all the same.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Longest };

    /// <summary>Checks one, and uses it up.</summary>
    /// <param name="assertion">As it was received.</param>
    /// <param name="claimed">The client_id beside it; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<AssertionCheck> CheckAsync(string assertion, string? claimed, CancellationToken cancellationToken)
    {
        if (Read(assertion) is not { } token)
        {
            return Refused("The assertion is no JSON Web Token.");
        }

        if (!Algorithms.Contains(token.Alg, StringComparer.Ordinal))
        {
            return Refused("The assertion has to be signed with RS384 or ES384.");
        }

        if (token.Typ is not ("JWT" or "client-authentication+jwt") || string.IsNullOrEmpty(token.Kid) || token.TryGetHeaderValue<object>("crit", out _))
        {
            return Refused("The assertion's header needs typ JWT and a kid, and nothing that this node would have to know besides.");
        }

        if (token.Issuer is not { Length: > 0 } id || token.Subject != id || (claimed is not null && claimed != id))
        {
            return Refused("The assertion's iss and sub have to be the client_id.");
        }

        if (await clients.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } client
            || (token.TryGetHeaderValue<string>("jku", out var jku) && jku != client.Terms.KeysUrl)
            || await KeysAsync(client, token.Kid, cancellationToken).ConfigureAwait(false) is not { } keys
            || !await VerifiesAsync(token, PublicKeySet.Find(keys, token.Kid, token.Alg)).ConfigureAwait(false))
        {
            return Refused(NotTheClient);
        }

        return JudgeClaims(token) is { } fault ? Refused(fault)
            : ActingClaims.TryRead(token.TryGetPayloadValue<JsonElement>(ActingClaims.Claim, out var extensions) ? extensions : default) is not { } acting
                ? Refused("extensions.ihe_iua is not as it should be: one purpose_of_use, one subject_role of at most 100 bytes, a subject_name of at most 200.")
            : !await seen.TryUseAsync(id, token.Id, EndOf(token)!.Value, cancellationToken).ConfigureAwait(false) ? Refused("The assertion was used before.")
            : new AssertionCheck.Passed(client, acting);
    }

    private static AssertionCheck.Refused Refused(string reason) => new(reason);

    private JsonWebToken? Read(string assertion)
    {
        try
        {
            return assertion.Length <= Longest && _handler.CanReadToken(assertion) && assertion.AsSpan().Count('.') == 2 ? new JsonWebToken(assertion) : null;
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or JsonException or FormatException or SecurityTokenException)
        {
            return null;
        }
    }

    private async Task<JsonWebKeySet?> KeysAsync(RegisteredClient client, string keyId, CancellationToken cancellationToken) =>
        client.Terms.KeysUrl is { } url ? await remote.FindAsync(url, keyId, cancellationToken).ConfigureAwait(false) : client.Keys;

    private async Task<bool> VerifiesAsync(JsonWebToken token, List<JsonWebKey> keys) => keys.Count > 0 && (await _handler.ValidateTokenAsync(token, new TokenValidationParameters
    {
        IssuerSigningKeys = keys,
        TryAllIssuerSigningKeys = false,
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,

        // Judged below, by this node's clock and in SMART's terms.
        ValidateIssuer = false,
        ValidateAudience = false,
        ValidateLifetime = false,
    }).ConfigureAwait(false)).IsValid;

    /// <summary>Null if all is well.</summary>
    private string? JudgeClaims(JsonWebToken token)
    {
        var now = time.GetUtcNow();
        return !token.Audiences.Contains(addresses.Token, StringComparer.Ordinal) ? "The assertion's aud has to be the token endpoint's URL."
            : EndOf(token) is not { } ends || ends <= now || ends > now + MostAhead + Skew ? "The assertion's exp has to be in the future, and at most five minutes ahead."
            : IsAhead(token, JwtRegisteredClaimNames.Iat, now) || IsAhead(token, JwtRegisteredClaimNames.Nbf, now) ? "The assertion is not valid yet."
            : token.Id is not { Length: > 0 and <= LongestId } ? "The assertion needs a jti of at most 255 characters."
            : null;
    }

    private static bool IsAhead(JsonWebToken token, string claim, DateTimeOffset now) => SecondsOf(token, claim) is { } seconds && seconds > (now + Skew).ToUnixTimeSeconds();

    private static DateTimeOffset? EndOf(JsonWebToken token) =>
        SecondsOf(token, JwtRegisteredClaimNames.Exp) is { } seconds and > 0 and < 100_000_000_000 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static long? SecondsOf(JsonWebToken token, string claim) => token.TryGetPayloadValue<long>(claim, out var seconds) ? seconds : null;
}

/// <summary>What became of a client's assertion.</summary>
internal abstract record AssertionCheck
{
    private AssertionCheck()
    {
    }

    /// <param name="Client">Who signed it.</param>
    /// <param name="Acting">For whom and what for.</param>
    public sealed record Passed(RegisteredClient Client, ActingClaims Acting) : AssertionCheck;

    /// <param name="Reason">A sentence for the client's developer.</param>
    public sealed record Refused(string Reason) : AssertionCheck;
}
