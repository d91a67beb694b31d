//go:build unix

package growth

import (
	"os/exec"
	"syscall"
)

// endWithGroup makes the end of cmd's context kill all that cmd has started.
func endWithGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
