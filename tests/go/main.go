// Checks a signed checkpoint and a .tlog-proof with Go's own sumdb packages, so that guildhall's heads and proofs are
// read by code that shares nothing with it. It leaves out cosignatures and consistency between heads.
//
//	main VKEY CHECKPOINT [PROOF LEAF]
//
// Each argument is a file. It prints "ok size=N" and exits 0, or prints what is wrong and exits 1.
//
// With Debian's packages golang-go and golang-golang-x-mod-dev no network is needed:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/go/main.go VKEY CHECKPOINT PROOF LEAF
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const proofHeader = "c2sp.org/tlog-proof@v1"

func main() {
	if len(os.Args) != 3 && len(os.Args) != 5 {
		fmt.Println("error: usage: main VKEY CHECKPOINT [PROOF LEAF]")
		os.Exit(1)
	}
	size, err := check(os.Args[1:])
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Printf("ok size=%d\n", size)
}

// check opens the head and, if there is one, the proof; it returns the head's tree size.
func check(paths []string) (int64, error) {
	var files []string
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		files = append(files, string(content))
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(files[0], "\n"))
	if err != nil {
		return 0, err
	}
	if !strings.HasPrefix(files[0], fmt.Sprintf("%s+%08x+", verifier.Name(), verifier.KeyHash())) {
		// note.NewVerifier takes capital hex digits; a changed byte must not pass.
		return 0, errors.New("the key ID is not in lower case")
	}
	origin, tree, err := openHead(files[1], verifier)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	if len(files) == 4 {
		if err := checkProof(files[2], files[3], origin, tree, verifier); err != nil {
			return 0, fmt.Errorf("proof: %w", err)
		}
	}
	return tree.N, nil
}

// openHead opens a signed note and reads its text as a checkpoint without extension lines.
func openHead(signed string, verifier note.Verifier) (string, tlog.Tree, error) {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return "", tlog.Tree{}, err
	}
	for _, signature := range opened.Sigs {
		// note.Open ignores stray trailing bits; a changed byte must not pass.
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return "", tlog.Tree{}, err
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return "", tlog.Tree{}, errors.New("not an origin, a size and a root")
	}
	size, err := decimal(lines[1])
	if err != nil {
		return "", tlog.Tree{}, err
	}
	root, err := parseHash(lines[2])
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

// checkProof checks that the leaf is in the tree of the proof's own head, and that this head agrees with the given one.
func checkProof(text, leaf, origin string, tree tlog.Tree, verifier note.Verifier) error {
	index := strings.Index(text, "\n\n")
	if index < 0 {
		return errors.New("no checkpoint")
	}
	entry, hashes, err := parseProof(strings.Split(text[:index], "\n"))
	if err != nil {
		return err
	}
	proofOrigin, proofTree, err := openHead(text[index+2:], verifier)
	if err != nil {
		return err
	}
	if proofOrigin != origin {
		return errors.New("its checkpoint is of another log")
	}
	if proofTree.N == tree.N && proofTree.Hash != tree.Hash {
		return errors.New("its checkpoint has another root for the same size")
	}
	return tlog.CheckRecord(hashes, proofTree.N, proofTree.Hash, entry, tlog.RecordHash([]byte(leaf)))
}

// parseProof reads the lines before the checkpoint: header, optional extra data, index, hashes.
func parseProof(lines []string) (int64, tlog.RecordProof, error) {
	if lines[0] != proofHeader {
		return 0, nil, errors.New("not a proof file")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, errors.New("no index")
	}
	index, err := decimal(strings.TrimPrefix(lines[0], "index "))
	if err != nil {
		return 0, nil, err
	}
	var hashes tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := parseHash(line)
		if err != nil {
			return 0, nil, err
		}
		hashes = append(hashes, hash)
	}
	return index, hashes, nil
}

// decimal reads a number without sign and leading zeros.
func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil || number < 0 || strconv.FormatInt(number, 10) != text {
		return 0, fmt.Errorf("%q is not a decimal number", text)
	}
	return number, nil
}

// parseHash reads a SHA-256 hash in canonical base64.
func parseHash(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	decoded, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(decoded) != tlog.HashSize || base64.StdEncoding.EncodeToString(decoded) != text {
		return hash, fmt.Errorf("%q is not a hash", text)
	}
	copy(hash[:], decoded)
	return hash, nil
}
