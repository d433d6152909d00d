using System.CommandLine;
using EhrLedger.Cli.Access;
using EhrLedger.Cli.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Clients;

/// <summary><c>client token URL</c>: an access token for curl.</summary>
internal static class TokenCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Build(Surroundings surroundings)
    {
        var command = new Command("token", "Signs that it is a client, and prints an access token that is good for five minutes.");
        var url = NodeAddress.Argument("The node, such as http://127.0.0.1:5080.");
        var key = new Option<string>("--key") { Description = "The client's private key: a JSON Web Key.", HelpName = "FILE", Required = true };
        var id = new Option<string?>("--client-id") { Description = "Where the file does not say it.", HelpName = "ID" };
        var scope = new Option<string>("--scope") { Description = $"Default: {TokenSource.EveryScope}.", HelpName = "SCOPES", DefaultValueFactory = _ => TokenSource.EveryScope };
        var purpose = new Option<string?>("--purpose") { Description = "Purpose of use, such as TREAT.", HelpName = "CODE" };
        var person = new Option<string?>("--person") { Description = "Who is acting.", HelpName = "NAME" };
        var role = new Option<string?>("--role") { Description = "In which role.", HelpName = "ROLE" };
        command.Add(url);
        command.Add(key);
        command.Add(id);
        command.Add(scope);
        command.Add(purpose);
        command.Add(person);
        command.Add(role);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var address = parsed.GetRequiredValue(url);
            var acting = new Acting(parsed.GetValue(purpose), parsed.GetValue(person), parsed.GetValue(role));
            using var tokens = new TokenSource(
                surroundings.Http, TokenSource.EndpointOf(address), ClientKey.Read(parsed.GetRequiredValue(key), parsed.GetValue(id)), acting, parsed.GetRequiredValue(scope), surroundings.Time);
            surroundings.Terminal.Say(await tokens.FindAsync(cancellationToken).ConfigureAwait(false));
            return (int)ExitCode.Fine;
        });
        return command;
    }
}
