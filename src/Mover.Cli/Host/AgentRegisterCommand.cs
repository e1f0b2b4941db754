using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Cli.Resources;

namespace Mover.Cli.Host;

/// <summary><c>mover agent register</c>: makes this machine an agent, with a key that never leaves it.</summary>
internal static class AgentRegisterCommand
{
    /// <summary>Names a local server's folder where <c>--data</c> is the agent's own.</summary>
    public const string ServerDataFlag = "--server-data";

    public static Option<string?> DataFlag() =>
        new("--data")
        {
            Description = "The agent's folder, for its key, journals and ledgers [env: MOVER_AGENT_DATA].",
            HelpName = "folder",
        };

    public static string DataFolder(ParseResult parsed, Option<string?> data, Terminal terminal) =>
        parsed.GetValue(data) ?? DataFolders.Agent(terminal);

    public static Command Create(Terminal terminal)
    {
        var scope = new ScopeFlags(AgentCommand.Noun, withName: true);
        var connection = new ConnectionFlags(ServerDataFlag);
        var data = DataFlag();
        var location = new Option<string?>("--location", "-l")
        {
            Description = "Region of the machine resource; by default, the storage mover's.",
        };
        var description = new Option<string?>("--description") { Description = "A description." };
        var output = ResultWriter.CreateFlag();
        var command = new Command("register", "Register this machine as an agent of a storage mover. Prints the new agent's ids.")
        {
            data, location, description, output,
        };
        scope.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = connection.Resolve(parsed, terminal);
            using var plane = ConnectionFlags.Open(settings, terminal);
            var id = await scope.ReadIdAsync(parsed, plane, cancel);
            var record = await new AgentRegistration(terminal.Clock).RegisterAsync(
                new()
                {
                    DataFolder = DataFolder(parsed, data, terminal),
                    Addresses = [.. settings.Addresses.Select(address => address.ToString())],
                    CaPem = settings.CaPem,
                    Token = await settings.Token(false, cancel),
                    StorageMover = id.Parent,
                    AgentName = id.Name,
                    Location = parsed.GetValue(location),
                    Description = parsed.GetValue(description),
                },
                cancel);
            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(output), ToJson(record), Columns);
            terminal.Error.WriteLine("Start it: mover agent run");
            return ExitCodes.Ok;
        });
        return command;
    }

    public static IReadOnlyList<Column> Columns { get; } =
        [new("AgentId", "agentId"), new("ArcVmUuid", "arcVmUuid"), new("PrincipalId", "principalId")];

    public static JsonObject ToJson(AgentRecord record) => new()
    {
        ["agentId"] = record.AgentId,
        ["arcResourceId"] = record.ArcResourceId,
        ["arcVmUuid"] = record.ArcVmUuid,
        ["tenantId"] = record.TenantId,
        ["principalId"] = record.PrincipalId,
        ["addresses"] = new JsonArray([.. record.Addresses.Select(a => (JsonNode?)JsonValue.Create(a))]),
    };
}
