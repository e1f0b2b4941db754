using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery;
using Mover.Recovery.Assess;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery assess</c>: what the target accounts survive.</summary>
internal static class AssessCommand
{
    private static readonly IReadOnlyList<Column> Columns =
    [
        new("Account", "name"), new("Region", "location"), new("Redundancy", "sku"), new("ZoneLoss", "zoneLoss"),
            new("RegionLoss", "regionLoss"),
        new("FailOverLoses", "failOverLoss"), new("ToDo", "toDo"),
    ];

    public static Command Create(Terminal terminal)
    {
        var lost = new Option<string?>("--lost-region") { Description = "A lost region.", HelpName = "region" };
        var flags = new RecoveryFlags();
        var command = new Command(
            "assess", "Show for each storage account of the endpoints what survives the loss of a zone and of its region, and what to "
                + "do.")
        {
            lost,
        };
        flags.AddEstateTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var group = await flags.ReadGroupAsync(parsed, plane, flags.ReadPlan(parsed), cancel);
            var assessments = await new AccountAssessments(plane.Client).ReadAsync(group, flags.Mover(parsed), parsed.GetValue(lost),
                cancel);
            new ResultWriter(terminal).WriteMany(flags.Output(parsed), [.. assessments.Select(one =>
            {
                var row = (JsonObject)JsonSerializer.SerializeToNode(one, RecoveryJson.Default.AccountAssessment)!;
                row["name"] = one.Id[(one.Id.LastIndexOf('/') + 1)..];
                return row;
            })], Columns);
            return assessments.Any(one => one.IsInLostRegion) ? ExitCodes.NotReady : ExitCodes.Ok;
        });
        return command;
    }
}
