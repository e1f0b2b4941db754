using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Authorization;
using Mover.Server.Providers;
using Mover.Server.Settings;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>What template functions learn of this control plane: its providers and regions, and the roles that the deployer sees.</summary>
internal sealed class DeploymentCloud(ProviderCatalogue catalogue, AccessState access, ServerOptions options)
{
    /// <summary>The facts as a deployer sees them now.</summary>
    public async Task<CloudFacts> ForAsync(Principal deployer, CancellationToken cancel)
    {
        var snapshot = await access.CurrentAsync(cancel);
        return new()
        {
            Regions = options.Regions,
            Provider = name => catalogue.Find(name) is { } provider ? Shown(provider) : null,
            Role = name => RoleOf(snapshot, deployer, name),
        };
    }

    // A custom role is there for those who have a role at one of its scopes, as in lists.
    private static string? RoleOf(AccessSnapshot snapshot, Principal deployer, string name)
    {
        var held = snapshot.ScopesOf(deployer);
        return BuiltInRoles.All.Concat(snapshot.CustomRoles.Values.Where(role => role.AssignableScopes.Any(held.Touches)))
            .FirstOrDefault(role => role.RoleName.Equals(name, StringComparison.OrdinalIgnoreCase))?.Name;
    }

    private ObjectValue Shown(ResourceProvider provider)
    {
        var versions = Texts(ApiVersions.Of(provider.Namespace).Reverse());
        var everywhere = Texts(options.Regions.DisplayNames);
        return TemplateText.Object(
            ("namespace", TemplateValue.Of(provider.Namespace)),
            ("resourceTypes", TemplateValue.Of([.. provider.Types.Select(type => TemplateText.Object(
                ("resourceType", TemplateValue.Of(type.Name)),
                ("locations", type.HasLocations ? everywhere : Texts([])),
                ("apiVersions", versions)))])));
    }

    private static TemplateValue Texts(IEnumerable<string> texts) => TemplateValue.Of([.. texts.Select(TemplateValue.Of)]);
}
