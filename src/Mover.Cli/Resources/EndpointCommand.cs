using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover endpoint</c>: where data is. One create and one update for each kind, as <c>az storage-mover endpoint</c> has them.
/// </summary>
internal static class EndpointCommand
{
    public static readonly Noun Noun = Noun.Of(
        StorageEndpoint.Described,
        [
            Column.Name, new("Type", "properties.endpointType"), new("Kind", "properties.endpointKind"),
            .. EndpointKinds.Known.All.SelectMany(kind => kind.Properties)
                .Where(property => property.Column is not null).DistinctBy(property => property.Column, StringComparer.Ordinal)
                .Select(property => new Column(property.Column ?? string.Empty, $"properties.{property.Name}")),
            Column.Description,
        ]);

    private static BodyFlag Description() => BodyFlag.Text("--description", "properties.description", "A description.");

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        var command = new Command("endpoint", "Manage storage endpoints: sources and targets of jobs.");
        foreach (var kind in EndpointKinds.Known.All)
        {
            var (word, title) = kind.Words;
            command.Add(
                verbs.Create(
                    $"create-for-{word}", $"Create an endpoint for {title}.",
                    [.. Flags(kind, isChange: false), .. Flags(kind, isChange: true), UsedAs(), Description()],
                (_, _, body, _) =>
                {
                    Complete(kind, body);
                    return Task.CompletedTask;
                }));
            command.Add(
                verbs.Update(
                    $"update-for-{word}", $"Change an endpoint for {title}.", [.. Flags(kind, isChange: true), Description()],
                    body => SetType(kind, body)));
        }

        command.Add(verbs.Show());
        command.Add(verbs.List());
        command.Add(verbs.Delete());
        command.Add(verbs.Wait());
        command.Add(EndpointIdentityCommand.Create(verbs));
        return command;
    }

    private static void Complete(EndpointKind kind, JsonObject body)
    {
        SetType(kind, body);
        if (kind.Words.NeedsIdentity)
        {
            body["identity"] = new JsonObject { ["type"] = IdentityTypes.SystemAssigned };
        }
    }

    private static void SetType(EndpointKind kind, JsonObject body)
    {
        BodyFlags.Set(body, "properties.endpointType", kind.Type);
        if (kind.CredentialsType is { } type && body["properties"]?["credentials"] is JsonObject credentials)
        {
            credentials["type"] = type;
        }
    }

    private static BodyFlag UsedAs() =>
        BodyFlag.Choice("--endpoint-kind", "properties.endpointKind", "What the endpoint is used as:", StorageEndpointKinds.All);

    /// <summary>The flags of what is set at creation, or of what an update takes too; those that are asked for first.</summary>
    private static IEnumerable<BodyFlag> Flags(EndpointKind kind, bool isChange) =>
        from property in kind.Properties
        where (property.Change is PropertyChange.Always) == isChange
        from flag in property.Flags
        let isRequired = property.IsRequired || flag.IsRequired
        orderby isRequired descending
        select Flag(flag, $"properties.{property.Name}{(flag.Part is null ? string.Empty : "." + flag.Part)}", isRequired);

    private static BodyFlag Flag(EndpointFlag flag, string path, bool isRequired) => flag.Words is { } words
        ? BodyFlag.Choice(flag.Name, path, flag.Description, words, isRequired)
        : BodyFlag.Text(flag.Name, path, flag.Description, isRequired, flag.Alias);
}
