using System.Text.RegularExpressions;
using Mover.Core.Arm;
using Mover.Server.Authorization;
using Mover.Server.Identity;

namespace Mover.Server.Access;

/// <summary>Somebody whom roles can be given to, as Microsoft Graph shows them.</summary>
/// <param name="Id">The object id.</param>
/// <param name="ApplicationId">The client id.</param>
/// <param name="DisplayName">The name to show.</param>
/// <param name="IsUser">True for a person.</param>
/// <param name="MachineId">The machine whose identity it is; null for others.</param>
internal sealed record DirectoryObject(
    string Id, string ApplicationId, string DisplayName, bool IsUser = false, string? MachineId = null)
{
    /// <summary>Graph's name of the type.</summary>
    public string Type => IsUser ? "user" : "servicePrincipal";
}

/// <summary>What a list of service principals is asked for: one application id, or a name or the start of one; else all.</summary>
internal sealed partial record DirectoryFilter
{
    /// <summary>What is understood.</summary>
    public const string Known =
        "servicePrincipalNames/any(c:c eq '{appId}'), appId eq '{appId}', displayName eq '{name}', startswith(displayName,'{start}')";

    /// <summary>The application id; null when any will do.</summary>
    public string? ApplicationId { get; private init; }

    /// <summary>The name; null when any will do.</summary>
    public string? Name { get; private init; }

    /// <summary>What the name starts with; empty when anything will do.</summary>
    public string Start { get; private init; } = string.Empty;

    /// <summary>Reads a <c>$filter</c>; null when it is not understood.</summary>
    public static DirectoryFilter? Read(string text)
    {
        if (text.Length == 0)
        {
            return new();
        }

        var match = Form().Match(text);
        string? Value(string group) =>
            match.Groups[group] is { Success: true, Value: var value } ? value.Replace("''", "'", StringComparison.Ordinal) : null;
        return match.Success
            ? new() { ApplicationId = Value("spn") ?? Value("app"), Name = Value("name"), Start = Value("start") ?? string.Empty }
            : null;
    }

    /// <summary>True when the name is one that is asked for, casing aside.</summary>
    public bool FitsName(string name) =>
        (Name is null || name.Equals(Name, StringComparison.OrdinalIgnoreCase))
        && name.StartsWith(Start, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(
        @"\A(servicePrincipalNames/any\((?<x>\w+): ?\k<x> eq '(?<spn>([^']|'')*)'\)|appId eq '(?<app>([^']|'')*)'"
        + @"|displayName eq '(?<name>([^']|'')*)'|startswith\(displayName, ?'(?<start>([^']|'')*)'\))\z",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Form();
}

/// <summary>The directory: the administrator, service principals, and machines by their identities. It is only read here.</summary>
internal sealed class DirectoryObjects(Administrator administrator, ServicePrincipals applications, MachineIdentities machines)
{
    /// <summary>The service principals that a filter asks for; by name among the first thousand applications and machines.</summary>
    public async Task<IReadOnlyList<DirectoryObject>> ListAsync(DirectoryFilter filter, CancellationToken cancel)
    {
        if (filter.ApplicationId is { } wanted)
        {
            return await ByApplicationAsync(wanted, cancel) is { } only ? [only] : [];
        }

        var found = (await applications.ListAsync(cancel)).Select(Of).Prepend(AsApplication())
            .Where(one => filter.FitsName(one.DisplayName)).ToList();
        foreach (var (principalId, id) in await machines.ListAsync(cancel))
        {
            if (filter.FitsName(id.Name) && await machines.FindAsync(principalId, cancel) is { } machine)
            {
                found.Add(Of(principalId, machine.Id));
            }
        }

        return found;
    }

    /// <summary>The one with this object id as a service principal; null when there is none.</summary>
    public async Task<DirectoryObject?> FindServicePrincipalAsync(string objectId, CancellationToken cancel) =>
        IsAdministrator(objectId) ? AsApplication() : await FindAsync([objectId], cancel) is [var found] ? found : null;

    /// <summary>Those of the object ids that are known, each once. The administrator is a person.</summary>
    public async Task<IReadOnlyList<DirectoryObject>> FindAsync(IEnumerable<string> objectIds, CancellationToken cancel)
    {
        var byId = (await applications.ListAsync(cancel)).ToDictionary(one => one.ObjectId, Of, StringComparer.OrdinalIgnoreCase);
        var found = new List<DirectoryObject>();
        foreach (var id in objectIds.Where(IsId).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            if (IsAdministrator(id))
            {
                found.Add(new(administrator.ObjectId, administrator.ClientId, Administrator.Name, IsUser: true));
            }
            else if (byId.TryGetValue(id, out var application))
            {
                found.Add(application);
            }
            else if (await machines.FindAsync(id, cancel) is { } machine)
            {
                found.Add(Of(id, machine.Id));
            }
        }

        return found;
    }

    // Ids become keys of the state store; only what we could have given out is looked up.
    private static bool IsId(string text) => Guid.TryParseExact(text, "D", out _);

    private bool IsAdministrator(string objectId) => objectId.Equals(administrator.ObjectId, StringComparison.OrdinalIgnoreCase);

    private async Task<DirectoryObject?> ByApplicationAsync(string applicationId, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(applicationId, "D", out var id))
        {
            return null;
        }

        var known = id.ToString();
        return known == administrator.ClientId ? AsApplication()
            : await applications.FindAsync(known, cancel) is { } application ? Of(application)
            : await machines.FindAsync(known, cancel) is { } machine ? Of(known, machine.Id)
            : null;
    }

    private DirectoryObject AsApplication() => new(administrator.ObjectId, administrator.ClientId, Administrator.Name);

    private static DirectoryObject Of(ServicePrincipal application) =>
        new(application.ObjectId, application.ClientId, application.DisplayName);

    private static DirectoryObject Of(string principalId, ResourceId machine) =>
        new(principalId, principalId, machine.Name, MachineId: machine.Text);
}
