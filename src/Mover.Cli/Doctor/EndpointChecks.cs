using System.Text.Json.Nodes;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Transfers;
using Mover.Client;
using Mover.Client.Arm;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Volumes;
using Mover.Volumes.AzureBlob;

namespace Mover.Cli.Doctor;

/// <summary>
/// Checks what a run needs of a storage endpoint that is given by name: that it is there, that its data can be reached from this host, that
/// the control plane keeps a key for it and can decrypt that, that the container is there, and that the agent's identity has the role.
/// Asks with the rights of whoever signed in, and with the agent's own identity for what only a run gets.
/// </summary>
internal sealed class EndpointChecks(ControlPlane plane, AgentRecord agent, VolumeChecks volumes, ContainerChecks containers)
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(15);

    public async Task<List<Finding>> RunAsync(string name, CancellationToken cancel)
    {
        if (!ResourceId.TryParse(agent.AgentId, out var id))
        {
            return [Finding.Fail("endpoint", $"'{agent.AgentId}' is not an agent id.", "Register again: mover agent register.")];
        }

        var mover = id.Parent;
        try
        {
            if (await plane.Client.FindAsync(mover.Child(StorageEndpoint.Described, name), cancel) is null)
            {
                return [Finding.Fail(
                    "endpoint", $"'{mover.Name}' has no endpoint '{name}'.",
                    $"List them: mover endpoint list -g {mover.ResourceGroup} --storage-mover-name {mover.Name}")];
            }

            var endpoint = (await plane.Client.GetAsync<StorageEndpoint>(mover.Child(StorageEndpoint.Described, name), cancel)).Properties;
            List<Finding> findings = [Finding.Ok("endpoint", $"'{name}' exists")];
            findings.AddRange(await ReachAsync(name, endpoint, cancel));
            var isSource = endpoint?.EndpointKind == "Source";
            foreach (var (role, scope, _) in JobGrants.NeedsOf(endpoint, mover, isSource))
            {
                findings.Add(await RoleAsync(role, scope, cancel));
            }

            return findings;
        }
        catch (ArmException refused)
        {
            return [Finding.Fail(
                "endpoint", $"'{name}': {refused.Message}", "Sign in as someone who can read the storage mover: mover login.")];
        }
    }

    private async Task<List<Finding>> ReachAsync(string name, StorageEndpointProperties? endpoint, CancellationToken cancel)
    {
        if (EndpointKind.DataOf(endpoint) is { Account: var account, Container: { } container })
        {
            return await AccountAsync(name, account, container, cancel);
        }

        var order = EndpointKind.Order(endpoint, new() { ResourceId = name, EndpointType = endpoint?.EndpointType ?? string.Empty });
        return Drivers.Find(order.EndpointType)?.PlaceOf(order, null) is { } place
            ? await volumes.ReadAsync(new EndpointLocation(place), cancel)
            : [Finding.Warn(
                "endpoint", "its data cannot be checked for this type.", "Check the mounted path with --source PATH.")];
    }

    private async Task<List<Finding>> AccountAsync(string name, ResourceId account, string container, CancellationToken cancel)
    {
        if (await plane.Client.FindAsync(account, cancel) is not { } document)
        {
            return [Finding.Fail(
                "account", $"'{account.Name}' is not registered here.",
                $"Register it: mover storage-account create -g {account.ResourceGroup} -n {account.Name}")];
        }

        var endpoint = document["properties"]?["primaryEndpoints"]?["blob"]?.ToString() is { Length: > 0 } own
            ? own : $"https://{account.Name}.blob.core.windows.net";
        var answers = await AnswersAsync(endpoint, account, container, cancel);
        List<Finding> findings = [answers];
        if (document["properties"]?["keyIsSet"]?.GetValue<bool>() != true)
        {
            findings.Add(Finding.Warn(
                "key", $"the control plane has no key for '{account.Name}'; the agent uses its own Azure identity.",
                $"If it has none: mover storage-account set-key -g {account.ResourceGroup} -n {account.Name} --key-file FILE"));
        }

        // What does not answer is told once.
        if (answers.Verdict is Verdict.Ok)
        {
            findings.AddRange(await containers.RunAsync(name, account, cancel));
        }

        return findings;
    }

    /// <summary>Asks without a credential: every answer of the service, a refusal too, says that it can be reached.</summary>
    private static async Task<Finding> AnswersAsync(string endpoint, ResourceId account, string container, CancellationToken cancel)
    {
        if (BlobContainerAddress.Of(endpoint, account.Name, container, string.Empty) is not { } address)
        {
            return Finding.Fail("account", $"'{endpoint}' is not a Blob service URL.", "Correct the account's --blob-endpoint.");
        }

        using var handler = new AzureBlobOptions().CreateHandler();
        using var http = new HttpClient(handler) { Timeout = AnswerTimeout };
        try
        {
            using var answer = await http.GetAsync(
                new Uri($"{address.Endpoint}/{address.Container}?restype=container"), HttpCompletionOption.ResponseHeadersRead, cancel);
            return Finding.Ok("account", $"{address.Endpoint} responds from this host");
        }
        catch (Exception lost) when (!cancel.IsCancellationRequested && lost is HttpRequestException or TaskCanceledException)
        {
            return Finding.Fail(
                "account", $"{address.Endpoint}: {lost.GetBaseException().Message}", "Check name resolution, the firewall and the proxy.");
        }
    }

    private async Task<Finding> RoleAsync(RoleDefinition role, string scope, CancellationToken cancel)
    {
        var roles = new Dictionary<string, JudgedRole>(StringComparer.OrdinalIgnoreCase);
        await foreach (var known in plane.Client.ListRoleDefinitionsAsync(scope, cancel))
        {
            var (name, properties) = ($"{known["name"]}", known["properties"]);
            roles[name] = new(new()
            {
                Name = name,
                RoleName = $"{properties?["roleName"]}",
                Permissions = [.. (properties?["permissions"] as JsonArray ?? []).Select(PermissionOf)],
            });
        }

        var held = new List<JudgedRole>();
        await foreach (var given in plane.Client.ListRolesAsync(scope, cancel))
        {
            var properties = given["properties"];
            if (agent.PrincipalId.Equals($"{properties?["principalId"]}", StringComparison.OrdinalIgnoreCase)
                && ArmAction.Encloses($"{properties?["scope"]}", scope)
                && roles.TryGetValue($"{properties?["roleDefinitionId"]}".Split('/')[^1], out var judged))
            {
                held.Add(judged);
            }
        }

        return role.Permissions.SelectMany(p => p.DataActions).All(action => held.Exists(one => one.Allows(action, isData: true)))
            ? Finding.Ok("role", $"the agent has '{role.RoleName}' or an equivalent role at {scope}")
            : Finding.Fail(
                "role", $"the agent does not have '{role.RoleName}' at {scope}, so it gets no credential from the control plane.",
                $"mover role-assignment create --role '{role.RoleName}' --assignee-object-id {agent.PrincipalId} --assignee-principal-type "
                    + $"ServicePrincipal --scope {scope}");
    }

    private static RolePermission PermissionOf(JsonNode? permission) => new()
    {
        DataActions = TextsOf(permission?["dataActions"]),
        NotDataActions = TextsOf(permission?["notDataActions"]),
    };

    private static List<string> TextsOf(JsonNode? texts) => [.. (texts as JsonArray ?? []).Select(text => $"{text}")];
}
