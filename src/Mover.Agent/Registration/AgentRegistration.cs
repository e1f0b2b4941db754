using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Mover.Client;
using Mover.Client.Agent;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Agent;

/// <summary>What registration needs to be told.</summary>
public sealed record RegistrationRequest
{
    /// <summary>The agent's own folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The control plane's addresses, best first.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>The control plane's CA in PEM; empty trusts the system's store.</summary>
    public required string CaPem { get; init; }

    /// <summary>A person's token: registration is the only thing the agent does with somebody else's rights.</summary>
    public required string Token { get; init; }

    /// <summary>The storage mover that the agent will belong to.</summary>
    public required ResourceId StorageMover { get; init; }

    /// <summary>The agent's name, 1 to 54 letters, digits, <c>.</c>, <c>_</c> and <c>-</c>; also its machine's name.</summary>
    public required string AgentName { get; init; }

    /// <summary>The region of the machine resource; null takes the storage mover's.</summary>
    public string? Location { get; init; }

    /// <summary>Free text for the agent resource.</summary>
    public string? Description { get; init; }
}

/// <summary>Makes a host an agent of a storage mover, and undoes it.</summary>
public sealed class AgentRegistration(TimeProvider clock)
{
    /// <summary>Its way to a control plane with a CA, where that is not the network.</summary>
    internal Func<string, HttpMessageHandler>? Connect { get; init; }

    /// <summary>
    /// Makes the key pair, the machine resource with its identity, and the agent resource. Repeating it after a fault is safe.
    /// Throws <see cref="AgentFolderException"/> when the folder holds another agent, and what <see cref="MoverClient"/> throws.
    /// </summary>
    public async Task<AgentRecord> RegisterAsync(RegistrationRequest request, CancellationToken cancel)
    {
        using var folder = AgentFolder.Open(request.DataFolder);
        if (folder.IsRegistered)
        {
            throw new AgentFolderException(
                $"{folder.Path} already holds agent {folder.ReadRecord().AgentId}. "
                    + $"Unregister that agent first, or use another folder with --data.");
        }

        using var key = folder.OpenKey();
        using var client = ClientOf(request.Addresses, request.CaPem, request.Token);
        var location = request.Location
            ?? (await client.GetAsync(request.StorageMover, cancel))["location"]?.ToString()
            ?? throw new AgentFolderException($"The storage mover {request.StorageMover.Name} has no location; "
                + "specify one with --location.");
        var publicKey = Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());
        await RefuseTakenNameAsync(client, request, publicKey, cancel);
        var machine = await client.PutAsync(MachineOf(request), MachineBody(location, publicKey), cancel);
        var agent = request.StorageMover.Child(MoverAgent.Described, request.AgentName);
        var record = new AgentRecord
        {
            AgentId = agent.Text,
            ArcResourceId = Text(machine, "id"),
            ArcVmUuid = Text(machine, "properties", "vmId"),
            TenantId = Text(machine, "identity", "tenantId"),
            PrincipalId = Text(machine, "identity", "principalId"),
            Addresses = new AgentAddresses(request.Addresses).All,
            Registered = new AgentAddresses(request.Addresses).All,
            CaPem = request.CaPem,
        };
        _ = await client.PutAsync(agent, AgentBody(record, request.Description), cancel);
        var told = await client.ReadAddressesAsync(cancel);
        record = record with { Addresses = new AgentAddresses([.. record.Addresses, .. told]).All };
        folder.Write(record);
        return record;
    }

    /// <summary>
    /// Removes the agent and machine resources, then the identity in the folder; ledgers stay. Repeating it after a fault is safe.
    /// </summary>
    /// <param name="dataFolder">The agent's own folder; its agent must not be running.</param>
    /// <param name="token">A person's token.</param>
    /// <param name="cancel">Stops the call.</param>
    public async Task<AgentRecord> UnregisterAsync(string dataFolder, string token, CancellationToken cancel)
    {
        using var folder = AgentFolder.Open(dataFolder);
        var record = folder.ReadRecord();
        using var client = ClientOf(record.Addresses, record.CaPem, token);
        await RemoveAsync(client, record.AgentId, record.ArcResourceId, record.ArcVmUuid, cancel);
        folder.Clear();
        return record;
    }

    /// <summary>
    /// Removes an agent with its machine, wherever its folder is. Answers false when there is no such agent. What another agent registered
    /// since under the same name stays.
    /// </summary>
    /// <param name="client">A client with a person's rights.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="cancel">Stops the call.</param>
    public static async Task<bool> UnregisterAsync(MoverClient client, ResourceId agent, CancellationToken cancel)
    {
        if (await client.FindAsync(agent, cancel) is not { } found)
        {
            return false;
        }

        var properties = found["properties"];
        await RemoveAsync(client, agent.Text, properties?["arcResourceId"]?.ToString(), properties?["arcVmUuid"]?.ToString(), cancel);
        return true;
    }

    private static async Task RemoveAsync(MoverClient client, string agent, string? machine, string? vmId, CancellationToken cancel)
    {
        foreach (var (text, mark) in new[] { (agent, "arcVmUuid"), (machine, "vmId") })
        {
            if (text is not null && ResourceId.TryParse(text, out var id)
                && await client.FindAsync(id, cancel) is { } found
                && string.Equals(found["properties"]?[mark]?.ToString(), vmId, StringComparison.OrdinalIgnoreCase))
            {
                await client.DeleteAsync(id, cancel);
            }
        }
    }

    /// <summary>A machine with another key is another agent's, whose folder may be lost: replacing it is a person's decision.</summary>
    private static async Task RefuseTakenNameAsync(
        MoverClient client, RegistrationRequest request, string publicKey, CancellationToken cancel)
    {
        if (await client.FindAsync(MachineOf(request), cancel) is { } taken
            && taken["properties"]?["clientPublicKey"]?.ToString() is { Length: > 0 } key && key != publicKey)
        {
            throw new AgentFolderException(
                $"The name '{request.AgentName}' belongs to an agent with another key. If that agent's folder is lost, remove the agent "
                    + $"first: mover agent unregister -g {request.StorageMover.ResourceGroup} --storage-mover-name "
                    + $"{request.StorageMover.Name} -n {request.AgentName} (if only its machine is left: mover machine delete "
                    + $"-g {request.StorageMover.ResourceGroup} -n {request.AgentName})");
        }
    }

    private MoverClient ClientOf(IReadOnlyList<string> addresses, string caPem, string token) => new(
        new() { Addresses = [.. addresses.Select(a => new Uri(a))], Token = (_, _) => ValueTask.FromResult(token) },
        Connect?.Invoke(caPem) ?? AgentTrust.CreateHandler(caPem, addresses.Count > 1),
        clock);

    private static ResourceId MachineOf(RegistrationRequest request) =>
        ResourceId.OfGroup(request.StorageMover.Subscription, request.StorageMover.ResourceGroup)
            .Provider("Microsoft.HybridCompute/machines", request.AgentName);

    private static JsonObject MachineBody(string location, string publicKey) => new()
    {
        ["location"] = location,
        ["identity"] = new JsonObject { ["type"] = "SystemAssigned" },
        ["properties"] = new JsonObject
        {
            ["clientPublicKey"] = publicKey,
            ["machineFqdn"] = Environment.MachineName,
            ["osName"] = OperatingSystem.IsWindows() ? "windows" : "linux",
        },
    };

    private static JsonObject AgentBody(AgentRecord record, string? description)
    {
        var properties = new JsonObject { ["arcResourceId"] = record.ArcResourceId, ["arcVmUuid"] = record.ArcVmUuid };
        if (description is not null)
        {
            properties["description"] = description;
        }

        return new() { ["properties"] = properties };
    }

    private static string Text(JsonNode? node, params string[] path)
    {
        foreach (var name in path)
        {
            node = node?[name];
        }

        return node?.ToString()
            ?? throw new AgentFolderException($"The control plane's response has no {string.Join('.', path)}. Check that the address is "
                + "a Mover server.");
    }
}
