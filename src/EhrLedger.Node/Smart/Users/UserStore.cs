using System.Collections.Concurrent;
using System.Security.Cryptography;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Users;

/// <summary>
/// The users: kept in smart.db, and all of them in memory, so that a request costs no query. Only this process changes them. Five wrong passwords in a row lock a user for a quarter of an hour.
/// </summary>
internal sealed class UserStore(IServiceScopeFactory scopes, ClientRegistry database, TimeProvider time) : IDisposable
{
    /// <summary>Characters of a password, at least.</summary>
    public const int ShortestPassword = 12;

    /// <summary>Characters of a password, at most: each guess costs what its length costs.</summary>
    public const int LongestPassword = 200;

    private const int MostFailures = 5;
    private static readonly TimeSpan Lockout = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, UserRow> _users = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);

    // Guesses wait for each other, and leave a processor to those who are in.
    private readonly SemaphoreSlim _hashing = new(Math.Max(1, Environment.ProcessorCount / 2));
    private readonly PasswordHasher<UserRow> _hasher = new();

    // Made when the first login comes, because it costs what a guess costs.
    private readonly Lazy<string> _nobodysHash = new(() => new PasswordHasher<UserRow>().HashPassword(null!, Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32))));
    private volatile bool _isLoaded;

    /// <summary>An active user; null where there is none of this id.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be read.</exception>
    public async ValueTask<UserRow?> FindAsync(string id, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        return _users.TryGetValue(id, out var user) && !user.Disabled ? user : null;
    }

    /// <summary>All, by login.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be read.</exception>
    public async Task<IReadOnlyList<UserRow>> ListAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        return [.. _users.Values.OrderBy(user => user.Login, StringComparer.Ordinal)];
    }

    /// <summary>False where somebody has this login.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task<bool> AddAsync(string login, string name, UserRole role, string fhirUser, string password, CancellationToken cancellationToken)
    {
        var added = new UserRow
        {
            Id = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)),
            Login = login.ToLowerInvariant(),
            Name = name,
            Role = (int)role,
            FhirUser = fhirUser,
            PasswordHash = _hasher.HashPassword(null!, password),
        };
        return OneByOneAsync(async () =>
        {
            if (FindByLogin(added.Login) is not null)
            {
                return false;
            }

            await WriteAsync(context => context.Users.Add(added)).ConfigureAwait(false);
            _users[added.Id] = added;
            return true;
        }, cancellationToken);
    }

    /// <summary>Ends a user. False where there is none.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public async Task<bool> DisableAsync(string login, CancellationToken cancellationToken) =>
        await ChangeAsync(KeyOf(login), user => user with { Disabled = true }, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Gives a user of the node itself another password. False where there is none.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public async Task<bool> SetPasswordAsync(string login, string password, CancellationToken cancellationToken)
    {
        var hash = _hasher.HashPassword(null!, password);
        return await ChangeAsync(KeyOf(login), user => user with { PasswordHash = hash, Failures = 0, LockedUntil = 0 }, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>The user of this login and password. Null for a wrong one, a locked or disabled user, and nobody, all after the same work on the password.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public async Task<UserRow?> CheckAsync(string login, string password, CancellationToken cancellationToken)
    {
        if (password.Length > LongestPassword)
        {
            return null;
        }

        // Counted as wrong before it is known to be: however many come at once, no more than five are looked at.
        var tried = await ChangeAsync(KeyOf(login), Try, cancellationToken).ConfigureAwait(false);
        var isRight = await VerifiesAsync(tried?.PasswordHash ?? _nobodysHash.Value, password, cancellationToken).ConfigureAwait(false);
        return tried is not null && isRight
            ? await ChangeAsync(tried.Login, user => user.Disabled || user.PasswordHash != tried.PasswordHash ? null : user with { Failures = 0, LockedUntil = 0 }, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>Keeps what the provider says of a user, in the place of whoever had this login: the same user, or the same person in another role, or at another provider.</summary>
    /// <param name="user">As the provider vouches for it, now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False where the operator has ended who has this login.</returns>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task<bool> VouchAsync(UserRow user, CancellationToken cancellationToken) => OneByOneAsync(async () =>
    {
        var former = FindByLogin(user.Login);
        if (former is { Disabled: true })
        {
            return false;
        }

        if (former is not null && former.Id != user.Id)
        {
            await RemoveAsync(former).ConfigureAwait(false);
            former = null;
        }

        await WriteAsync(context => _ = former is null ? context.Users.Add(user) : context.Users.Update(user)).ConfigureAwait(false);
        _users[user.Id] = user;
        return true;
    }, cancellationToken);

    /// <summary>Forgets a user for whom the provider does not vouch any more; tokens end at once. One whom the operator has ended stays so.</summary>
    /// <exception cref="StoreFailedException">smart.db can't be written.</exception>
    public Task ForgetAsync(string login, CancellationToken cancellationToken) => OneByOneAsync(async () =>
    {
        if (FindByLogin(login) is not { Disabled: false } user)
        {
            return false;
        }

        await RemoveAsync(user).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _one.Dispose();
        _hashing.Dispose();
    }

    private static string KeyOf(string login) => login.StartsWith(ProviderUsers.Prefix, StringComparison.Ordinal) ? login : login.ToLowerInvariant();

    private UserRow? FindByLogin(string login) => _users.Select(pair => pair.Value).FirstOrDefault(user => user.Login == login);

    /// <summary>Null for whom no password is right now.</summary>
    private UserRow? Try(UserRow user)
    {
        var now = time.GetUtcNow();
        return user.Disabled || user.PasswordHash.Length == 0 || user.LockedUntil > now.ToUnixTimeSeconds() ? null
            : user.Failures + 1 < MostFailures ? user with { Failures = user.Failures + 1 }
            : user with { Failures = 0, LockedUntil = (now + Lockout).ToUnixTimeSeconds() };
    }

    private async Task<bool> VerifiesAsync(string hash, string password, CancellationToken cancellationToken)
    {
        await _hashing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => _hasher.VerifyHashedPassword(null!, hash, password) != PasswordVerificationResult.Failed, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _hashing.Release();
        }
    }

    /// <param name="login">Whose.</param>
    /// <param name="change">Null for no change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The user afterwards; null where there is none, or nothing is to be changed.</returns>
    private Task<UserRow?> ChangeAsync(string login, Func<UserRow, UserRow?> change, CancellationToken cancellationToken) => OneByOneAsync(async () =>
    {
        if (FindByLogin(login) is not { } user || change(user) is not { } changed)
        {
            return null;
        }

        await WriteAsync(context => context.Users.Update(changed)).ConfigureAwait(false);
        _users[changed.Id] = changed;
        return changed;
    }, cancellationToken);

    private async Task RemoveAsync(UserRow user)
    {
        await WriteAsync(context => context.Users.Remove(user)).ConfigureAwait(false);
        _users.TryRemove(user.Id, out _);
    }

    private async Task<T> OneByOneAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Writes to the end, whoever hangs up: memory says what the disk says.</summary>
    private async Task WriteAsync(Action<SmartDbContext> change)
    {
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                var context = scope.ServiceProvider.GetRequiredService<SmartDbContext>();
                change(context);
                await context.SaveChangesAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (failed is SqliteException or DbUpdateException)
        {
            throw new StoreFailedException("smart.db can't be written.", failed);
        }
    }

    private async ValueTask LoadAsync(CancellationToken cancellationToken)
    {
        if (_isLoaded)
        {
            return;
        }

        await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isLoaded)
            {
                var scope = scopes.CreateAsyncScope();
                await using (scope.ConfigureAwait(false))
                {
                    foreach (var user in await scope.ServiceProvider.GetRequiredService<SmartDbContext>().Users.AsNoTracking().ToListAsync(CancellationToken.None).ConfigureAwait(false))
                    {
                        _users[user.Id] = user;
                    }
                }

                _isLoaded = true;
            }
        }
        catch (SqliteException broken)
        {
            throw new StoreFailedException($"SQLite error {broken.SqliteErrorCode} while users were read.", broken);
        }
        finally
        {
            _one.Release();
        }
    }
}
