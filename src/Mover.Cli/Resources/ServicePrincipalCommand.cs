using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Client.Arm;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover service-principal</c>: who else may sign in, be it a second administrator or a program. The secret is shown once, when it is
/// made; what a principal may do is a matter of <c>mover role-assignment</c>.
/// </summary>
internal static class ServicePrincipalCommand
{
    private const string Collection = "/servicePrincipals";
    private static readonly Column[] Columns = [new("AppId", "appId"), new("ObjectId", "id"), new("Name", "displayName")];
    private static readonly Column[] MadeColumns = [.. Columns, new("Password", "password"), new("Tenant", "tenant")];

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(StorageAccountCommand.Noun, terminal);
        var results = new ResultWriter(terminal);
        return new("service-principal", "Manage service principals: other administrators and programs that can sign in.")
        {
            Make(verbs, results, terminal),
            verbs.Build("list", "List the service principals.", null, [], async (plane, _, format, cancel) =>
            {
                var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, Collection), cancel);
                var all = answer.Body?["value"] as JsonArray ?? [];
                results.WriteMany(format, [.. all.OfType<JsonObject>()], Columns);
            }),
            Reset(verbs, results, terminal),
            Delete(verbs, terminal),
        };
    }

    private static Command Make(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var name = new Option<string>("--display-name", "-n") { Description = "The display name.", Required = true };
        return verbs.Build(
            "create", "Create a service principal and print its application id and secret; the secret cannot be shown again.", null, [name],
            async (plane, parsed, format, cancel) =>
        {
            var body = new JsonObject { ["displayName"] = parsed.GetRequiredValue(name) };
            var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Post, Collection, body), cancel);
            results.WriteOne(format, answer.Body as JsonObject ?? [], MadeColumns);
            terminal.Error.WriteLine("Sign in with it: mover login --service-principal -u APP_ID, which asks for the secret.");
            terminal.Error.WriteLine("Assign it a role: mover role-assignment create --role Owner --assignee-object-id OBJECT_ID");
        });
    }

    private static Command Reset(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var appId = AppIdFlag();
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "reset",
            "Create a new secret for a service principal or the administrator and print it; the old secret and its tokens stop working.",
            null, [appId, yes], async (plane, parsed, format, cancel) =>
        {
            var id = AppIdOf(parsed, appId);
            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Replace the secret of {id}? Everyone who uses the old one is signed out.");
            var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Post, $"{Collection}/{id}/resetSecret"), cancel);
            results.WriteOne(format, answer.Body as JsonObject ?? [], MadeColumns);
        });
    }

    private static Option<string> AppIdFlag() => new("--app-id") { Description = "The application id.", Required = true };

    private static Guid AppIdOf(ParseResult parsed, Option<string> appId) => Guid.TryParse(parsed.GetRequiredValue(appId), out var id)
        ? id
        : throw CliException.Usage("--app-id must be a GUID; see `mover service-principal list`.");

    private static Command Delete(NounVerbs verbs, Terminal terminal)
    {
        var appId = AppIdFlag();
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "delete", "Delete a service principal, its secret and its role assignments.", null, [appId, yes],
            async (plane, parsed, _, cancel) =>
        {
            var id = AppIdOf(parsed, appId);
            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Delete the service principal {id}?");
            await plane.Client.Pipeline.SendAsync(new(HttpMethod.Delete, $"{Collection}/{id}"), cancel);
        });
    }
}
