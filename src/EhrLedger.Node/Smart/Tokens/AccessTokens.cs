using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using EhrLedger.Fhir.Access;
using EhrLedger.Fhir.References;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Users;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Tokens;

/// <summary>Checks access tokens of this node. One that was good is remembered until it ends; whether its client still is, is asked each time.</summary>
internal sealed class AccessTokens(ClientRegistry clients, UserStore users, TokenKey key, SmartAddresses addresses, ServerBase server, TimeProvider time)
{
    private const int MostKept = 20_000;
    private const int Longest = 16 << 10;
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Longest };
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly TokenValidationParameters _rules = new()
    {
        ValidIssuer = addresses.Issuer,
        ValidAudience = addresses.Fhir,
        IssuerSigningKey = key.Checking,
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        ValidTypes = ["at+jwt"],
        RequireSignedTokens = true,
        RequireExpirationTime = true,

        // Below, by the node's clock.
        ValidateLifetime = false,
    };

    /// <summary>Who calls with this token. Null for a token that is not good, for whatever reason.</summary>
    public async ValueTask<SmartCaller?> FindCallerAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length > Longest)
        {
            return null;
        }

        var digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        if (!_kept.TryGetValue(digest, out var kept))
        {
            kept = await CheckAsync(token).ConfigureAwait(false);
            if (kept is null)
            {
                return null;
            }

            Keep(digest, kept);
        }

        return kept.Ends > time.GetUtcNow()
            && await clients.FindAsync(kept.Caller.ClientId, cancellationToken).ConfigureAwait(false) is not null
            && (kept.UserId is null || await users.FindAsync(kept.UserId, cancellationToken).ConfigureAwait(false) is not null)
                ? kept.Caller
                : null;
    }

    private void Keep(string digest, Kept kept)
    {
        if (_kept.Count >= MostKept)
        {
            var now = time.GetUtcNow();
            foreach (var (old, _) in _kept.Where(pair => pair.Value.Ends <= now))
            {
                _kept.TryRemove(old, out _);
            }

            if (_kept.Count >= MostKept)
            {
                _kept.Clear();
            }
        }

        _kept[digest] = kept;
    }

    private async Task<Kept?> CheckAsync(string text)
    {
        if (text.AsSpan().Count('.') != 2)
        {
            return null;
        }

        var result = await _handler.ValidateTokenAsync(text, _rules).ConfigureAwait(false);
        return result is { IsValid: true, SecurityToken: JsonWebToken token }
            && token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Exp, out var ends)
            && token.TryGetPayloadValue<string>("client_id", out var clientId)
            && token.TryGetPayloadValue<string>("scope", out var scope)
            && ActingClaims.TryRead(token) is { Purpose: { } purpose } acting
            && TextOf(token, "patient") is var patient
            && FhirAccess.Parse(scope, patient, server, time.GetUtcNow()) is { } access
                ? new Kept(
                    DateTimeOffset.FromUnixTimeSeconds(ends),
                    TextOf(token, "fhirUser") is null ? null : token.Subject,
                    new SmartCaller(clientId, scope, purpose, acting.Person ?? "", acting.Role ?? "", patient, RelativeOf(TextOf(token, "fhirUser"))) { Access = access })
                : null;
    }

    private string? RelativeOf(string? reference) => reference is not null && reference.StartsWith(addresses.Fhir + "/", StringComparison.Ordinal) ? reference[(addresses.Fhir.Length + 1)..] : reference;

    private static string? TextOf(JsonWebToken token, string claim) => token.TryGetPayloadValue<string>(claim, out var text) ? text : null;

    private sealed record Kept(DateTimeOffset Ends, string? UserId, SmartCaller Caller);
}
