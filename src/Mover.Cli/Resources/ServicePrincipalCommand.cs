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
        var verbs = new NounVerbs(Nouns.StorageAccount, terminal);
        var results = new ResultWriter(terminal);
        return new("service-principal", "Manage who else may sign in: second administrators and programs.")
        {
            Make(verbs, results, terminal),
            verbs.Build("list", "List the service principals.", null, [], async (plane, _, format, cancel) =>
            {
                var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Get, Collection), cancel);
                var all = answer.Body?["value"] as JsonArray ?? [];
                results.WriteMany(format, [.. all.OfType<JsonObject>()], Columns);
            }),
            Delete(verbs, terminal),
        };
    }

    private static Command Make(NounVerbs verbs, ResultWriter results, Terminal terminal)
    {
        var name = new Option<string>("--display-name", "-n") { Description = "A name to show.", Required = true };
        return verbs.Build(
            "create", "Make a service principal and print its application id and secret; the secret cannot be read again.", null, [name],
            async (plane, parsed, format, cancel) =>
        {
            var body = new JsonObject { ["displayName"] = parsed.GetRequiredValue(name) };
            var answer = await plane.Client.Pipeline.SendAsync(new(HttpMethod.Post, Collection, body), cancel);
            results.WriteOne(format, answer.Body as JsonObject ?? [], MadeColumns);
            terminal.Error.WriteLine("Give it a role: mover role-assignment create --role Owner --assignee-object-id OBJECT_ID");
        });
    }

    private static Command Delete(NounVerbs verbs, Terminal terminal)
    {
        var appId = new Option<string>("--app-id") { Description = "Its application id.", Required = true };
        var yes = Prompts.YesFlag();
        return verbs.Build(
            "delete", "Delete a service principal; its secret signs in no longer.", null, [appId, yes], async (plane, parsed, _, cancel) =>
        {
            if (!Guid.TryParse(parsed.GetRequiredValue(appId), out var id))
            {
                throw CliException.Usage("--app-id is a GUID; `mover service-principal list` shows it.");
            }

            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Delete the service principal {id}?");
            await plane.Client.Pipeline.SendAsync(new(HttpMethod.Delete, $"{Collection}/{id}"), cancel);
        });
    }
}
