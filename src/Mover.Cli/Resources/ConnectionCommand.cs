using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary>
/// <c>mover connection</c>: private links. The API has no PATCH for them, so an update reads and writes the whole document.
/// </summary>
internal static class ConnectionCommand
{
    public static readonly Noun Noun = Noun.Of(
        Connection.Described,
        [
            Column.Name, new("Status", "properties.connectionStatus"), new("PrivateEndpoint", "properties.privateEndpointName"),
            Column.Description,
        ]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        IReadOnlyList<BodyFlag> flags =
        [
            BodyFlag.Text("--description", "properties.description", "A description."),
            BodyFlag.TextList("--job-list", "properties.jobList", "Resource ids of the job definitions that use the connection."),
        ];
        return new("connection", "Manage connections to private networks.")
        {
            verbs.Create("create", "Create or replace a connection.",
                [
                    BodyFlag.Text(
                        "--private-link-service-id", "properties.privateLinkServiceId", "Resource id of the private link service.",
                        required: true),
                    .. flags,
                ]),
            verbs.Show(),
            verbs.List(),
            verbs.OfOne("update", "Change a connection.", flags, async (plane, id, parsed, cancel) =>
            {
                var body = await plane.Client.GetAsync(id, cancel);
                return await plane.Client.PutAsync(id, flags.Fill(parsed, (JsonObject)body.DeepClone()), cancel);
            }),
            Decision(verbs, "approve", "Approved", "Approve a connection, as the owner of the private link service."),
            Decision(verbs, "reject", "Rejected", "Reject a connection, as the owner of the private link service."),
            verbs.Delete(),
            verbs.Wait(),
        };
    }

    // The owner decides at the private link service, as in Azure.
    private static Command Decision(NounVerbs verbs, string verb, string status, string description) =>
        verbs.OfOne(verb, description, [], async (plane, id, _, cancel) =>
        {
            var properties = (await plane.Client.GetAsync(id, cancel))["properties"];
            var service = (string?)properties?["privateLinkServiceId"];
            var name = (string?)properties?["privateEndpointName"];
            if (!ResourceId.TryParse($"{service}/privateEndpointConnections/{name}", out var decided))
            {
                throw CliException.Usage($"'{id.Name}' has no private link service.", "Create the connection again.");
            }

            var state = new JsonObject { ["privateLinkServiceConnectionState"] = new JsonObject { ["status"] = status } };
            await plane.Client.PutAsync(decided, new() { ["properties"] = state }, cancel);
            return await plane.Client.GetAsync(id, cancel);
        });
}
