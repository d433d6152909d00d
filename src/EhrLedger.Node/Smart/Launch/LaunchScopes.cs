using EhrLedger.Fhir.Access;
using EhrLedger.Node.Smart.Scopes;
using EhrLedger.Node.Smart.Users;

namespace EhrLedger.Node.Smart.Launch;

/// <summary>What an application gets that acts for a user: what it asks for, what it is registered for, and what the user's role allows.</summary>
internal static class LaunchScopes
{
    /// <summary>Scopes that are for no resources.</summary>
    public static readonly string[] Words = ["openid", "fhirUser", LaunchEndpoints.Scope, "launch/patient", "offline_access", Online];

    // May be asked for; whether the user is still there is not known here, so nobody gets it.
    private const string Online = "online_access";

    /// <summary>Null where a scope can't be asked for in this flow, or nothing of it is allowed: system scopes, what is not registered, fhirUser without openid, patient scopes without a patient.</summary>
    public static IReadOnlyList<string>? Find(IReadOnlyList<string> requested, IReadOnlyList<string> registered, UserRole role)
    {
        if (requested.Count is 0 or > ScopeGrant.Most
            || (requested.Contains("fhirUser") && !requested.Contains("openid"))
            || requested.Any(scope => !SmartScope.IsForResources(scope) && (!Words.Contains(scope) || !registered.Contains(scope)))
            || (requested.Any(scope => scope.StartsWith("patient/", StringComparison.Ordinal)) && !requested.Contains("launch/patient") && !requested.Contains(LaunchEndpoints.Scope)))
        {
            return null;
        }

        var granted = requested.Where(scope => !SmartScope.IsForResources(scope) && scope != Online).ToList();
        var resources = 0;
        foreach (var scope in requested.Where(SmartScope.IsForResources))
        {
            if (SmartScope.Parse(scope) is not { Context: not ScopeContext.System } asked)
            {
                return null;
            }

            resources++;
            var allowed = registered.Select(SmartScope.Parse).OfType<SmartScope>().Select(asked.And).OfType<SmartScope>();
            granted.AddRange(allowed.SelectMany(both => role.ScopesOf(both.Context).Select(both.And).OfType<SmartScope>()).Select(both => both.ToString()));
        }

        granted = [.. granted.Distinct(StringComparer.Ordinal)];
        return resources > 0 && !granted.Any(SmartScope.IsForResources) ? null : granted;
    }
}
