using System.CommandLine;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Clients;

/// <summary><c>user add|list|disable|password</c>: who logs in at a node itself.</summary>
internal static class UserCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Build(Surroundings surroundings) => new("user", "People who log in at a node.") { Add(surroundings), List(surroundings), Disable(surroundings), Password(surroundings) };

    private static Command Add(Surroundings surroundings)
    {
        var command = new Command("add", "Adds a user. The password is the first line of the input, 12 to 200 characters.");
        var socket = OperatorSocket.Option();
        var login = Login();
        var name = new Option<string>("--name") { Description = "As patients see it.", HelpName = "NAME", Required = true };
        var role = new Option<string>("--role") { Description = "clinician, front-desk, claims, auditor or operator.", HelpName = "ROLE", Required = true };
        var fhirUser = new Option<string>("--fhir-user") { Description = "The user's own resource, such as Practitioner/123.", HelpName = "REFERENCE", Required = true };
        command.Add(login);
        command.Add(socket);
        command.Add(name);
        command.Add(role);
        command.Add(fhirUser);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var body = new JsonObject
            {
                ["login"] = parsed.GetRequiredValue(login),
                ["name"] = parsed.GetRequiredValue(name),
                ["role"] = parsed.GetRequiredValue(role),
                ["fhirUser"] = parsed.GetRequiredValue(fhirUser),
                ["password"] = ReadPassword(surroundings.Terminal),
            };
            await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Post, "/operator/users", body, cancellationToken).ConfigureAwait(false);
            surroundings.Terminal.Note("The user may log in.");
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Command List(Surroundings surroundings)
    {
        var command = new Command("list", "The users, the disabled ones too.");
        var socket = OperatorSocket.Option();
        command.Add(socket);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            foreach (var user in (await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Get, "/operator/users", null, cancellationToken).ConfigureAwait(false))?.AsArray() ?? [])
            {
                surroundings.Terminal.Say(Printable.Line($"{user!["login"]}  {((bool)user["disabled"]! ? "disabled" : "active  ")}  {user["role"]}  {user["fhirUser"]}  {user["name"]}"));
            }

            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Command Disable(Surroundings surroundings) =>
        Change(surroundings, new Command("disable", "Ends a user: no login, and tokens that applications have for the user stop at once."), HttpMethod.Delete, "", _ => null, "The user is out.");

    private static Command Password(Surroundings surroundings) => Change(
        surroundings, new Command("password", "Gives a user another password, the first line of the input, and ends a lock."), HttpMethod.Put, "/password", terminal => new JsonObject { ["password"] = ReadPassword(terminal) }, "The password is changed.");

    private static Command Change(Surroundings surroundings, Command command, HttpMethod method, string path, Func<Terminal, JsonObject?> body, string done)
    {
        var socket = OperatorSocket.Option();
        var login = Login();
        command.Add(login);
        command.Add(socket);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(login);
            var users = await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), HttpMethod.Get, "/operator/users", null, cancellationToken).ConfigureAwait(false);

            // Small letters, but for the subjects of an identity provider, which differ by them.
            var small = name.ToLowerInvariant();
            if (users?.AsArray().Select(user => (string?)user!["login"]).Any(one => one == name || one == small) != true)
            {
                throw new CommandException(ExitCode.Finding, "There is no such user.");
            }

            await OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), method, $"/operator/users{path}?login={Uri.EscapeDataString(name)}", body(surroundings.Terminal), cancellationToken).ConfigureAwait(false);
            surroundings.Terminal.Note(done);
            return (int)ExitCode.Fine;
        });
        return command;
    }

    private static Argument<string> Login() => new("LOGIN") { Description = "What the user types." };

    private static string ReadPassword(Terminal terminal)
    {
        if (terminal.ReadHiddenKey is not { } readKey)
        {
            return terminal.Input.ReadLine() ?? throw new CommandException(ExitCode.Usage, "The password is the first line of the input.");
        }

        terminal.Note("Password (not shown):");
        var typed = new System.Text.StringBuilder();
        for (var key = readKey(); key.Key != ConsoleKey.Enter; key = readKey())
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(typed.Length - 1, 0);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        return typed.ToString();
    }
}
