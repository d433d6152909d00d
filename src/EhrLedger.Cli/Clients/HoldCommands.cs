using System.CommandLine;
using System.Text.Json.Nodes;
using EhrLedger.Cli.Shell;

namespace EhrLedger.Cli.Clients;

/// <summary><c>hold set|lift|show</c>: what a court or a law wants kept although its patient has it erased.</summary>
internal static class HoldCommands
{
    /// <summary>Makes the commands.</summary>
    public static Command Build(Surroundings surroundings) => new("hold", "Legal holds: an erasure of the resource waits, and the patient sees why.") { Set(surroundings), Lift(surroundings), Show(surroundings) };

    private static Command Set(Surroundings surroundings)
    {
        var ground = new Option<string>("--ground") { Description = "proceedings or retention.", HelpName = "GROUND", Required = true };
        return Over(surroundings, new Command("set", "Keeps a resource, or says another ground for it.") { ground }, async (parsed, path, _, call) =>
        {
            await call(HttpMethod.Put, path, new JsonObject { ["ground"] = parsed.GetRequiredValue(ground) }).ConfigureAwait(false);
            surroundings.Terminal.Note("It is kept.");
        });
    }

    private static Command Lift(Surroundings surroundings) => Over(surroundings, new Command("lift", "Ends a hold: what waited for it is erased now."), async (_, path, ground, call) =>
    {
        if (ground is null)
        {
            throw new CommandException(ExitCode.Finding, "Nothing holds it.");
        }

        await call(HttpMethod.Delete, path, null).ConfigureAwait(false);
        surroundings.Terminal.Note("It is held no longer.");
    });

    private static Command Show(Surroundings surroundings) => Over(surroundings, new Command("show", "Whether a resource is held, and why."), (_, _, ground, _) =>
    {
        surroundings.Terminal.Say(ground is null ? "not held" : Printable.Line($"held: {ground}"));
        return Task.CompletedTask;
    });

    /// <summary>A command over one resource that there is, with the ground on which it is held; null for none.</summary>
    private static Command Over(Surroundings surroundings, Command command, Func<ParseResult, string, string?, Func<HttpMethod, string, JsonObject?, Task<JsonNode?>>, Task> run)
    {
        var resource = new Argument<string>("RESOURCE") { Description = "Such as Observation/8d1f." };
        var socket = OperatorSocket.Option();
        command.Add(resource);
        command.Add(socket);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetRequiredValue(resource).Split('/') is not [{ Length: > 0 } type, { Length: > 0 } id])
            {
                throw new CommandException(ExitCode.Usage, "A resource is named by its type and id, such as Observation/8d1f.");
            }

            var path = $"/admin/legal-holds/{Uri.EscapeDataString(type)}/{Uri.EscapeDataString(id)}";
            Task<JsonNode?> CallAsync(HttpMethod method, string to, JsonObject? body) => OperatorSocket.CallAsync(parsed.GetRequiredValue(socket), method, to, body, cancellationToken);
            var held = await CallAsync(HttpMethod.Get, path, null).ConfigureAwait(false) ?? throw new CommandException(ExitCode.Finding, "There is no such resource.");
            await run(parsed, path, (string?)held["ground"], CallAsync).ConfigureAwait(false);
            return (int)ExitCode.Fine;
        });
        return command;
    }
}
