using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Smart.Storage;
using EhrLedger.Node.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

namespace EhrLedger.Node.Smart.Clients;

/// <summary>The registered clients: kept by OpenIddict in smart.db, and all of them in memory, so that a request costs no query. Only this process changes them.</summary>
/// <remarks>smart.db is opened by the first call that needs it: a node that nobody asks for FHIR starts without.</remarks>
internal sealed class ClientRegistry(IServiceScopeFactory scopes, DevelopmentClient development, TimeProvider time) : IDisposable
{
    private const string Property = "ehrledger";
    private readonly ConcurrentDictionary<string, RegisteredClient> _clients = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _isOpen;

    /// <summary>An active client; null where there is none of this id.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be read.</exception>
    public async ValueTask<RegisteredClient?> FindAsync(string clientId, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return _clients.TryGetValue(clientId, out var client) && client.IsActive && development.MayBeUsed(clientId) ? client : null;
    }

    /// <summary>All, the revoked too, by time of registration.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be read.</exception>
    public async Task<IReadOnlyList<RegisteredClient>> ListAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        return [.. _clients.Values.OrderBy(client => client.Terms.Created).ThenBy(client => client.Id, StringComparer.Ordinal)];
    }

    /// <summary>Keeps a new client.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task AddAsync(RegisteredClient client, CancellationToken cancellationToken) => ChangeAsync(async manager =>
    {
        await manager.CreateAsync(Describe(client), cancellationToken).ConfigureAwait(false);
        _clients[client.Id] = client;
        return client;
    }, cancellationToken);

    /// <summary>Gives an active client other keys; those that it had count no more.</summary>
    /// <returns>Null where there is no such client.</returns>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task<RegisteredClient?> RotateAsync(string clientId, JsonWebKeySet? keys, string? keysUrl, CancellationToken cancellationToken) =>
        ReplaceAsync(clientId, client => client with { Keys = keys, Terms = client.Terms with { KeysUrl = keysUrl } }, cancellationToken);

    /// <summary>Ends a client. Its tokens are refused from now on.</summary>
    /// <returns>Null where there is no such client.</returns>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task<RegisteredClient?> RevokeAsync(string clientId, CancellationToken cancellationToken) =>
        ReplaceAsync(clientId, client => client with { Terms = client.Terms with { Revoked = time.GetUtcNow().ToUnixTimeSeconds() } }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private Task<RegisteredClient?> ReplaceAsync(string clientId, Func<RegisteredClient, RegisteredClient> change, CancellationToken cancellationToken) => ChangeAsync<RegisteredClient?>(async manager =>
    {
        if (!_clients.TryGetValue(clientId, out var client) || !client.IsActive || await manager.FindByClientIdAsync(clientId, cancellationToken).ConfigureAwait(false) is not { } application)
        {
            return null;
        }

        var changed = change(client);
        await manager.UpdateAsync(application, Describe(changed), cancellationToken).ConfigureAwait(false);
        _clients[clientId] = changed;
        return changed;
    }, cancellationToken);

    private async Task<T> ChangeAsync<T>(Func<IOpenIddictApplicationManager, Task<T>> change, CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                return await change(scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>()).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (failed is SqliteException or DbUpdateException)
        {
            throw new StoreFailedException("smart.db can't be written.", failed);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Opens smart.db, once.</summary>
    /// <exception cref="StoreFailedException">It can't be opened.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            return;
        }

        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isOpen)
            {
                // Whoever hangs up does not stop what all others wait for.
                await LoadAsync(CancellationToken.None).ConfigureAwait(false);
                _isOpen = true;
            }
        }
        catch (SqliteException broken)
        {
            throw new StoreFailedException($"SQLite error {broken.SqliteErrorCode} while smart.db was opened.", broken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var context = scope.ServiceProvider.GetRequiredService<SmartDbContext>();
            Schema.BringUpToDate(context);
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken).ConfigureAwait(false);
            var manager = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
            await foreach (var application in manager.ListAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                if (await ReadAsync(manager, application, cancellationToken).ConfigureAwait(false) is { } client)
                {
                    _clients[client.Id] = client;
                }
            }

            if (_clients.IsEmpty && development.Find() is { } first)
            {
                await manager.CreateAsync(Describe(first), cancellationToken).ConfigureAwait(false);
                _clients[first.Id] = first;
            }
        }
    }

    private static async Task<RegisteredClient?> ReadAsync(IOpenIddictApplicationManager manager, object application, CancellationToken cancellationToken)
    {
        var descriptor = new OpenIddictApplicationDescriptor();
        await manager.PopulateAsync(descriptor, application, cancellationToken).ConfigureAwait(false);
        return descriptor.ClientId is { } id
            && descriptor.Properties.TryGetValue(Property, out var kept)
            && kept.Deserialize(ClientJson.Default.ClientTerms) is { } terms
                ? new RegisteredClient(id, descriptor.DisplayName ?? id, terms, terms.KeysUrl is null ? descriptor.JsonWebKeySet : null)
                : null;
    }

    private static OpenIddictApplicationDescriptor Describe(RegisteredClient client)
    {
        var descriptor = DescribeService(client);
        if (client.Terms.RedirectUris is { Count: > 0 } addresses)
        {
            descriptor.RedirectUris.UnionWith(addresses.Select(address => new Uri(address)));
            descriptor.Permissions.UnionWith(
            [
                OpenIddictConstants.Permissions.Endpoints.Authorization, OpenIddictConstants.Permissions.GrantTypes.AuthorizationCode, OpenIddictConstants.Permissions.GrantTypes.RefreshToken,
                OpenIddictConstants.Permissions.ResponseTypes.Code,
            ]);
        }

        return descriptor;
    }

    /// <summary>OpenIddict keeps no client of this kind without a key. Nobody has this one, and nothing is checked with it.</summary>
    private static JsonWebKeySet NobodysKeys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new JsonWebKeySet
        {
            Keys =
            {
                new JsonWebKey
                {
                    Kty = JsonWebAlgorithmsKeyTypes.EllipticCurve, Crv = JsonWebKeyECTypes.P384, Use = "sig", Kid = "nobody", X = Base64UrlEncoder.Encode(parameters.Q.X!), Y = Base64UrlEncoder.Encode(parameters.Q.Y!),
                },
            },
        };
    }

    private static OpenIddictApplicationDescriptor DescribeService(RegisteredClient client) => new()
    {
        ClientId = client.Id,
        DisplayName = client.Name,
        ClientType = client.IsPublic ? OpenIddictConstants.ClientTypes.Public : OpenIddictConstants.ClientTypes.Confidential,
        JsonWebKeySet = client.IsPublic ? null : client.Keys ?? NobodysKeys(),
        Properties = { [Property] = JsonSerializer.SerializeToElement(client.Terms, ClientJson.Default.ClientTerms) },
        Permissions = { OpenIddictConstants.Permissions.Endpoints.Token, OpenIddictConstants.Permissions.GrantTypes.ClientCredentials },
    };
}
