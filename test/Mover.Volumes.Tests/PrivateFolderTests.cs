using System.Text;
using Mover.Files;
using Mover.Testing;

namespace Mover.Volumes.Tests;

/// <summary>A program's own folder is one that no other user can enter, plant or replace.</summary>
public sealed class PrivateFolderTests : IDisposable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode All = (UnixFileMode)0x1FF;
    private const uint Stranger = 65_533;
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-private-tests-").FullName;

    private string Own => Path.Combine(_folder, "own");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_missing_is_made_for_its_owner_alone()
    {
        var made = PrivateFolder.Ensure(Path.Combine(_folder, "a", "b"));

        Assert.Equal((Owner, Owner), (File.GetUnixFileMode(made), File.GetUnixFileMode(Path.Combine(_folder, "a"))));
    }

    [Fact]
    public void A_folder_that_others_may_read_is_closed_to_them()
    {
        Directory.CreateDirectory(Own, Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

        PrivateFolder.Ensure(Own);

        Assert.Equal(Owner, File.GetUnixFileMode(Own));
    }

    [Fact]
    public void A_link_is_refused_wherever_it_leads()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "elsewhere"), Owner);
        Directory.CreateSymbolicLink(Own, Path.Combine(_folder, "elsewhere"));

        var refused = Assert.Throws<PrivateFolderException>(() => PrivateFolder.Ensure(Own));

        Assert.Contains("it is a symbolic link", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_others_can_write_to_is_refused_and_the_remedy_closes_it()
    {
        Directory.CreateDirectory(Own);
        File.SetUnixFileMode(Own, All);

        var refused = Assert.Throws<PrivateFolderException>(() => PrivateFolder.Ensure(Own));

        Assert.Contains($"chmod 700 '{Own}'", refused.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_below_one_that_others_can_write_to_is_refused()
    {
        File.SetUnixFileMode(_folder, All);

        Assert.Throws<PrivateFolderException>(() => PrivateFolder.Ensure(Own));
    }

    [Fact]
    public void A_folder_below_a_shared_one_whose_entries_only_their_owners_can_rename_is_used()
    {
        File.SetUnixFileMode(_folder, All | UnixFileMode.StickyBit);

        Assert.Equal(Own, PrivateFolder.Ensure(Own));
    }

    [RequiresTheory("MOVER_MOUNT")]
    [InlineData("own")]
    [InlineData("")]
    public void A_folder_that_another_user_owns_or_that_is_below_one_is_refused(string strangers)
    {
        Directory.CreateDirectory(Own, Owner);
        Give(Path.Combine(_folder, strangers), Stranger);

        var refused = Assert.Throws<PrivateFolderException>(() => PrivateFolder.Ensure(Own));

        Assert.Contains("user with id 65533", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Removing_follows_no_link()
    {
        var foreign = Directory.CreateDirectory(Path.Combine(_folder, "foreign")).FullName;
        File.WriteAllText(Path.Combine(foreign, "kept"), "kept");
        Directory.CreateDirectory(Path.Combine(Own, "below"));
        Directory.CreateSymbolicLink(Path.Combine(Own, "below", "link"), foreign);
        File.CreateSymbolicLink(Path.Combine(Own, "file link"), Path.Combine(foreign, "kept"));

        PrivateFolder.Remove(Own);

        Assert.Equal((false, true), (Directory.Exists(Own), File.Exists(Path.Combine(foreign, "kept"))));
    }

    [Fact]
    public async Task A_folder_that_is_swapped_for_a_link_while_it_is_removed_leads_nowhere()
    {
        const int Files = 5_000;
        var foreign = Fill(Path.Combine(_folder, "foreign"), Files);
        var below = Fill(Path.Combine(Own, "below"), Files);
        var removing = Task.Run(() => Record.Exception(() => PrivateFolder.Remove(Own)));
        while (Directory.EnumerateFiles(below).Count() == Files)
        {
        }

        try
        {
            Directory.Move(below, Path.Combine(_folder, "aside"));
            Directory.CreateSymbolicLink(below, foreign);
        }
        catch (IOException)
        {
            // All of it was gone already.
        }

        await removing;

        Assert.Equal(Files, Directory.EnumerateFiles(foreign).Count());
    }

    [Fact]
    public void A_link_in_the_place_of_a_folder_is_not_followed_when_it_is_removed()
    {
        var elsewhere = Fill(Path.Combine(_folder, "elsewhere"), 2);
        File.CreateSymbolicLink(Own, elsewhere);

        Assert.Throws<IOException>(() => PrivateFolder.Remove(Own));

        Assert.Equal(2, Directory.GetFiles(elsewhere).Length);
    }

    [RequiresFact("MOVER_MOUNT")]
    public void What_another_user_made_is_not_removed()
    {
        var theirs = Directory.CreateDirectory(Path.Combine(Own, "theirs")).FullName;
        File.WriteAllText(Path.Combine(theirs, "kept"), "kept");
        Give(theirs, Stranger);

        Assert.Throws<IOException>(() => PrivateFolder.Remove(Own));

        Assert.True(File.Exists(Path.Combine(theirs, "kept")));
    }

    private static unsafe void Give(string path, uint user)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            Assert.Equal(0, LinuxCalls.Fchownat(LinuxCalls.AT_FDCWD, name, user, uint.MaxValue, 0));
        }
    }

    private static string Fill(string folder, int files)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < files; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{i}"), []);
        }

        return folder;
    }
}
