using EhrLedger.Node.Hosting;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Smart;

/// <summary>How much one remote address may ask of the authorization server, before anything is looked at: passwords, which cost a processor's time and could be guessed, and all the rest.</summary>
internal sealed class AddressLimits(NodeSettings settings) : IDisposable
{
    private readonly Buckets _logins = new(settings.LoginRate);
    private readonly Buckets _rest = new(settings.AuthRate);

    /// <summary>Answers 429, or goes on.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isLogin = context.Request.Path == SmartAddresses.LoginPath && HttpMethods.IsPost(context.Request.Method);
        return (isLogin ? _logins : _rest).FindWait(RateLimits.SiteOf(context.Connection.RemoteIpAddress).ToString()) is { } wait
            ? RateLimits.RefuseAsync(context, wait)
            : next(context);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logins.Dispose();
        _rest.Dispose();
    }
}
