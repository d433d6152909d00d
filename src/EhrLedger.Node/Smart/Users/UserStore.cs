using System.Security.Cryptography;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Smart.Clients;
using EhrLedger.Node.Smart.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;

namespace EhrLedger.Node.Smart.Users;

/// <summary>Users of the node itself, in smart.db. Five wrong passwords in a row lock a user for a quarter of an hour.</summary>
internal sealed class UserStore(IServiceScopeFactory scopes, ClientRegistry database, TimeProvider time) : IDisposable
{
    /// <summary>Characters of a password, at least.</summary>
    public const int ShortestPassword = 12;

    /// <summary>Characters of a password, at most: each guess costs what its length costs.</summary>
    public const int LongestPassword = 200;

    private const int MostFailures = 5;
    private static readonly TimeSpan Lockout = TimeSpan.FromMinutes(15);
    private readonly PasswordHasher<UserRow> _hasher = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly UserRow _nobody = new() { Id = "", Login = "", Name = "", FhirUser = "", PasswordHash = new PasswordHasher<UserRow>().HashPassword(null!, Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32))) };

    /// <summary>An active user; null where there is none of this id.</summary>
    public async Task<UserRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        await WithAsync(async context => await context.Users.AsNoTracking().FirstOrDefaultAsync(user => user.Id == id && !user.Disabled, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>All, by login.</summary>
    public async Task<IReadOnlyList<UserRow>> ListAsync(CancellationToken cancellationToken) =>
        await WithAsync(async context => await context.Users.AsNoTracking().OrderBy(user => user.Login).ToListAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>False where somebody has this login.</summary>
    public Task<bool> AddAsync(string login, string name, UserRole role, string fhirUser, string password, CancellationToken cancellationToken) => WithAsync(async context =>
    {
        var key = login.ToLowerInvariant();
        if (await context.Users.AnyAsync(user => user.Login == key, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        var row = new UserRow { Id = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16)), Login = key, Name = name, Role = (int)role, FhirUser = fhirUser, PasswordHash = "" };
        row.PasswordHash = _hasher.HashPassword(row, password);
        context.Users.Add(row);
        await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    /// <summary>Ends a user. False where there is none.</summary>
    public Task<bool> DisableAsync(string login, CancellationToken cancellationToken) => ChangeAsync(login, user => user.Disabled = true, cancellationToken);

    /// <summary>Gives a user another password. False where there is none.</summary>
    public Task<bool> SetPasswordAsync(string login, string password, CancellationToken cancellationToken) => ChangeAsync(login, user =>
    {
        user.PasswordHash = _hasher.HashPassword(user, password);
        (user.Failures, user.LockedUntil) = (0, 0);
    }, cancellationToken);

    /// <summary>The user of this login and password. Null for a wrong one, a locked or disabled user, and nobody, all after the same work.</summary>
    public Task<UserRow?> CheckAsync(string login, string password, CancellationToken cancellationToken) => WithAsync(async context =>
    {
        var key = login.ToLowerInvariant();
        var user = await context.Users.FirstOrDefaultAsync(row => row.Login == key, cancellationToken).ConfigureAwait(false);
        var result = password.Length > LongestPassword ? PasswordVerificationResult.Failed : _hasher.VerifyHashedPassword(user ?? _nobody, (user ?? _nobody).PasswordHash, password);
        var now = time.GetUtcNow();
        if (user is null || user.Disabled || user.LockedUntil > now.ToUnixTimeSeconds())
        {
            return null;
        }

        if (result == PasswordVerificationResult.Failed)
        {
            user.Failures++;
            if (user.Failures >= MostFailures)
            {
                (user.Failures, user.LockedUntil) = (0, (now + Lockout).ToUnixTimeSeconds());
            }
        }
        else
        {
            user.Failures = 0;
        }

        await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return result == PasswordVerificationResult.Failed ? null : user;
    }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private Task<bool> ChangeAsync(string login, Action<UserRow> change, CancellationToken cancellationToken) => WithAsync(async context =>
    {
        var key = login.ToLowerInvariant();
        if (await context.Users.FirstOrDefaultAsync(row => row.Login == key, cancellationToken).ConfigureAwait(false) is not { } user)
        {
            return false;
        }

        change(user);
        await context.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }, cancellationToken);

    // One at a time, so that guesses in parallel are counted one by one.
    private async Task<T> WithAsync<T>(Func<SmartDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        await database.OpenAsync(cancellationToken).ConfigureAwait(false);
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                return await work(scope.ServiceProvider.GetRequiredService<SmartDbContext>()).ConfigureAwait(false);
            }
        }
        catch (Exception failed) when (failed is SqliteException or DbUpdateException)
        {
            throw new StoreFailedException("smart.db can't be read or written.", failed);
        }
        finally
        {
            _one.Release();
        }
    }
}
