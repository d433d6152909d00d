using EhrLedger.Node.Tests.Harness;
using EhrLedger.Tests;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace EhrLedger.Node.Tests.Smart;

/// <summary>An application that runs in the browser, from an origin of its own: fhirclient, and as little as it takes to launch and to show what came of it.</summary>
internal sealed class AppServer : IAsyncDisposable
{
    private readonly FakePeer _server;

    private AppServer(FakePeer server) => _server = server;

    /// <summary>Where it launches.</summary>
    public string Launch => $"{Origin}/launch";

    /// <summary>Where the authorization server sends the browser back to.</summary>
    public string Redirect => $"{Origin}/";

    public string Origin => _server.Address.ToString().TrimEnd('/');

    /// <summary>Starts it; skips the test where fhirclient is absent.</summary>
    /// <param name="fhir">The FHIR base to launch at where the launch names none.</param>
    /// <param name="clientId">Registered there; set once it is.</param>
    /// <param name="scope">Asked for.</param>
    public static async Task<AppServer> StartAsync(string fhir, Func<string> clientId, string scope)
    {
        var script = Path.Combine(Repository.FindRoot() ?? throw new DirectoryNotFoundException("EhrLedger.sln"), "tests", "FhirClients", "node_modules", "fhirclient", "build", "fhir-client.min.js");
        if (!File.Exists(script))
        {
            Assert.Ignore("fhirclient is absent: it needs npm ci in tests/FhirClients.");
        }

        var code = await File.ReadAllTextAsync(script);
        var server = await FakePeer.StartAsync();
        server.Answer = context =>
        {
            var (type, body) = context.Request.Path.Value switch
            {
                "/fhir-client.js" => ("text/javascript", code),
                "/launch" => ("text/html", Page($$"""
                    FHIR.oauth2.authorize({ iss: new URL(location).searchParams.get('iss') || '{{fhir}}', clientId: '{{clientId()}}', scope: '{{scope}}', redirectUri: '/' })
                      .catch((failure) => { out.textContent = `launch failed: ${failure}`; });
                    """)),
                _ => ("text/html", Page("""
                    FHIR.oauth2.ready().then(async (client) => {
                      const attempt = (path) => client.request(path).then((it) => it.total ?? it.resourceType, (failure) => failure.status ?? failure.statusCode ?? String(failure));
                      const patient = await client.patient.read();
                      const seen = {
                        patient: patient.name[0].family,
                        user: client.user.fhirUser ? (await client.request(client.user.fhirUser)).name[0].family : null,
                        scope: client.state.tokenResponse.scope.split(' ').sort(),
                        observations: await attempt(`Observation?patient=${client.patient.id}&_total=accurate`),
                        conditions: await attempt(`Condition?patient=${client.patient.id}`),
                      };
                      if (client.state.tokenResponse.refresh_token) {
                        const before = client.state.tokenResponse.access_token;
                        await client.refresh();
                        seen.refreshed = client.state.tokenResponse.access_token !== before && (await client.patient.read()).id === patient.id;
                      }
                      out.textContent = JSON.stringify(seen);
                    }).catch((failure) => { out.textContent = `failed: ${failure}`; });
                    """)),
            };
            context.Response.ContentType = $"{type}; charset=utf-8";
            return context.Response.WriteAsync(body);
        };
        return new AppServer(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static string Page(string script) => $$"""
        <!DOCTYPE html><html lang="en"><head><title>App</title><script src="/fhir-client.js"></script></head><body><pre id="out"></pre><script>
        const out = document.getElementById('out');
        {{script}}
        </script></body></html>
        """;
}
