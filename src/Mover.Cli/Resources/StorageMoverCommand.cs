using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover storage-mover</c>: the top resource. Without a location it goes where its group is.</summary>
internal static class StorageMoverCommand
{
    public static readonly Noun Noun = Noun.Of(
        StorageMover.Described,
        [Column.Name, new("Location", "location"), new("State", "properties.provisioningState"), Column.Description]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        var description = BodyFlag.Text("--description", "properties.description", "A description.");
        return new("storage-mover", "Manage storage movers.")
        {
            verbs.Create("create", "Create or replace a storage mover.",
                [BodyFlag.Text("--location", "location", "Region; by default, the resource "
                    + "group's.", alias: "-l"), BodyFlag.Tags(), description],
                Locations.FromGroupAsync),
            verbs.Show(),
            verbs.List(groupIsOptional: true),
            verbs.Update("update", "Change a storage mover's description or tags.", [BodyFlag.Tags(), description]),
            verbs.Delete(),
            verbs.Wait(),
        };
    }
}
