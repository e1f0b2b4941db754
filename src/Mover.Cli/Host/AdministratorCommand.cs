using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Server.Access;

namespace Mover.Cli.Host;

/// <summary>
/// <c>mover administrator show | reset-secret</c>: the application that the first start made, on the server's own host and by whoever may
/// read its folder, as when every secret is lost or one is known to others. The server may run.
/// </summary>
internal static class AdministratorCommand
{
    private static readonly Column[] Columns = [new("AppId", "appId"), new("Tenant", "tenant"), new("SecretFile", "secretFile")];
    private static readonly Column[] MadeColumns = [new("AppId", "appId"), new("Password", "password"), new("Tenant", "tenant")];

    public static Command Create(Terminal terminal) =>
        new("administrator", "Show the administrator on the server's host, or replace its secret.")
        {
            Verb(terminal, "show", "Show the administrator's application id, tenant and the location of its secret.", false),
            Verb(
                terminal, "reset-secret",
                "Create a new secret and print it. The old secret and its tokens stop working immediately, "
                    + "also on a running server.", true),
        };

    private static Command Verb(Terminal terminal, string name, string sentence, bool replaces)
    {
        var data = new Option<string?>("--data") { Description = "Data folder of the server [env: MOVER_DATA].", HelpName = "folder" };
        var yes = Prompts.YesFlag();
        var output = ResultWriter.CreateFlag();
        var command = new Command(name, sentence) { data, output };
        if (replaces)
        {
            command.Add(yes);
        }

        command.SetAction(parsed =>
        {
            var folder = Path.GetFullPath(parsed.GetValue(data) ?? DataFolders.Server(terminal));
            if (replaces)
            {
                Prompts.Confirm(
                    terminal, parsed.GetValue(yes), "Replace the administrator's secret? Everyone who uses the old one is signed out.");
            }

            var account = replaces ? AdministratorAccount.ReplaceSecret(folder) : AdministratorAccount.Read(folder);
            var json = new JsonObject { ["appId"] = account.ClientId, ["tenant"] = account.TenantId, ["secretFile"] = account.File };
            if (replaces)
            {
                json["password"] = account.ClientSecret.Reveal();
            }

            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(output), json, replaces ? MadeColumns : Columns);
            return ExitCodes.Ok;
        });
        return command;
    }
}
