using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Frame;
using Mover.Cli.Output;

namespace Mover.Cli.Host;

/// <summary><c>mover agent status</c>: what this machine's agent is, from its own folder. Asks no server.</summary>
internal static class AgentStatusCommand
{
    private static readonly Column[] Columns =
        [new("AgentId", "agentId"), new("Running", "isRunning"), new("UnfinishedRuns", "unfinishedRuns"), new("Server", "server"),
            new("Ledgers", "ledgers")];

    public static Command Create(Terminal terminal)
    {
        var data = AgentRegisterCommand.DataFlag();
        var output = ResultWriter.CreateFlag();
        var command = new Command(
            "status", "Show this machine's agent: its ids, whether it is running, its unfinished runs, and the location of its ledgers.")
        {
            data, output,
        };
        command.SetAction(parsed =>
        {
            var folder = AgentRegisterCommand.DataFolder(parsed, data, terminal);
            var record = AgentFolder.ReadRecord(folder);
            var status = AgentRegisterCommand.ToJson(record);
            status["server"] = record.Addresses.Count > 0 ? record.Addresses[0] : string.Empty;
            status["ledgers"] = AgentFolder.LedgerOf(Path.GetFullPath(folder), "RUN");
            AddWork(folder, status);
            new ResultWriter(terminal).WriteOne(parsed.GetRequiredValue(output), status, Columns);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Holding the folder's lock for a moment tells that nobody else does.</summary>
    private static void AddWork(string folder, JsonObject status)
    {
        try
        {
            using var held = AgentFolder.Open(folder);
            status["isRunning"] = false;
            status["unfinishedRuns"] = held.FindUnfinished().Count;
        }
        catch (AgentFolderException)
        {
            status["isRunning"] = true;
        }
    }
}
